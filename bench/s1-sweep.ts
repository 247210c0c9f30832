import { makeLab } from '../test/lab/lab.js'
import { describe, layGround, measure } from './measure.js'
import { askFping, askPlainNmap, FPING, PLAIN_NMAP } from './peers.js'
import type { Bench, BenchResult, Say } from './report.js'
import { makeSweeper } from './sweeper.js'

const PACKETS_PER_SECOND = 5_000
const NMAP_LIMIT_SECONDS = 120

export const s1: Bench = {
  id: 's1',
  promise: 'a sweep of a routed /16, a quarter of it answering, at 5,000 packets/s',
  run: (say) => sweepBeside('10.1.0.0/16', say),
}

/** The second sweep is the one that counts: by then it is known who is always there. */
export async function sweepBeside(cidr: string, say: Say): Promise<BenchResult> {
  const ground = layGround(cidr)
  const lab = await makeLab({ answering: ground.answering })
  try {
    const sweep = makeSweeper(lab, ground, PACKETS_PER_SECOND)
    say(`first sweep: ${describe(await measure(lab, ground, sweep))}`)
    const ours = await measure(lab, ground, sweep)
    say(`second sweep: ${describe(ours)}`)
    const fping = await measure(lab, ground, () => askFping(lab, ground))
    say(`${FPING.join(' ')}: ${describe(fping)}`)
    const nmap = await measure(lab, ground, () => askPlainNmap(lab, ground, NMAP_LIMIT_SECONDS))
    const isUnended = nmap.answer === undefined
    say(
      `${PLAIN_NMAP.join(' ')}: ${isUnended ? 'not ended' : 'ended'}, ${nmap.seconds.toFixed(1)} s`,
    )
    const wrong =
      ours.answer.without(ground.present).size + ground.present.without(ours.answer).size
    return {
      figures: [
        {
          what: 'time of a sweep',
          value: ours.seconds,
          unit: 's',
          bound: { atMost: 20 },
          beside: [
            { what: FPING.join(' '), value: fping.seconds },
            { what: PLAIN_NMAP.join(' '), value: nmap.seconds, isUnended },
          ],
        },
        {
          what: 'packets per address on the wire',
          value: ours.packetsPerAddress,
          unit: '',
          bound: { atMost: 1.15 },
          beside: [{ what: 'fping', value: fping.packetsPerAddress }],
        },
        { what: 'addresses told wrong', value: wrong, unit: '', bound: { atMost: 0 } },
      ],
    }
  } finally {
    await lab.remove()
  }
}
