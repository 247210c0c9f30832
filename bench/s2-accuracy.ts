import type { IpSet } from '../src/core/address/ip-set.js'
import { makeLab } from '../test/lab/lab.js'
import { describe, layGround, type Measured, measure } from './measure.js'
import { askRetryingNmap } from './peers.js'
import type { Bench, BenchResult, Say } from './report.js'
import { makeSweeper } from './sweeper.js'

const PACKETS_PER_SECOND = 5_000
const LOSS_PERCENT = 5
const RUNS = 3
const RETRIES = 3
/** 1 in 2,000. */
const PROMISED_PERCENT = 0.05

export const s2: Bench = {
  id: 's2',
  promise: 'present addresses counted silent, with 5 % random loss both ways',
  run: (say) => sweepUnderLoss('10.1.0.0/16', say),
}

interface UnderLoss {
  /** The worst of all runs, in percent of the present addresses. */
  readonly silencePercent: number
  readonly packetsPerAddress: number
  readonly seconds: number
}

/** Who is present is learnt in a sweep without loss, as it would be in the sweeps of an earlier hour. */
export async function sweepUnderLoss(cidr: string, say: Say): Promise<BenchResult> {
  const ground = layGround(cidr)
  const lab = await makeLab({ answering: ground.answering })
  try {
    const sweep = makeSweeper(lab, ground, PACKETS_PER_SECOND)
    const sweepOnce = makeSweeper(lab, ground, PACKETS_PER_SECOND, { asksAgain: false })
    say(`learnt without loss: ${describe(await measure(lab, ground, sweep))}`)
    await lab.lose(LOSS_PERCENT)
    const runs = async (what: string, ask: () => Promise<IpSet>) => {
      const measured: Measured<IpSet>[] = []
      for (let run = 1; run <= RUNS; run++) {
        measured.push(await measure(lab, ground, ask))
        say(`${what}, run ${run}: ${describe(measured.at(-1)!)}`)
      }
      return worst(ground.present, measured)
    }
    const ours = await runs('asking again', sweep)
    const once = await runs('not asking again', sweepOnce)
    const nmap = await runs(`nmap --max-retries ${RETRIES}`, () =>
      askRetryingNmap(lab, ground, PACKETS_PER_SECOND, RETRIES),
    )
    const beside = (figure: keyof UnderLoss) => [
      { what: 'not asking again', value: once[figure] },
      { what: `nmap --max-retries ${RETRIES}`, value: nmap[figure] },
    ]
    return {
      figures: [
        {
          what: `false silences, worst of ${RUNS} runs`,
          value: ours.silencePercent,
          unit: '%',
          bound: { under: PROMISED_PERCENT },
          beside: beside('silencePercent'),
        },
        {
          what: 'packets per address on the wire',
          value: ours.packetsPerAddress,
          unit: '',
          beside: beside('packetsPerAddress'),
        },
        { what: 'time of a sweep', value: ours.seconds, unit: 's', beside: beside('seconds') },
      ],
    }
  } finally {
    await lab.remove()
  }
}

function worst(present: IpSet, runs: readonly Measured<IpSet>[]): UnderLoss {
  const silences = runs.map(({ answer }) => (100 * present.without(answer).size) / present.size)
  return {
    silencePercent: Math.max(...silences),
    packetsPerAddress: Math.max(...runs.map((run) => run.packetsPerAddress)),
    seconds: Math.max(...runs.map((run) => run.seconds)),
  }
}
