import { sweepNetwork } from '../cron/sweep.js'
import { readConfig } from '../src/config.js'
import { slotStart } from '../src/core/scan/schedule.js'
import type { Store } from '../src/store/pool.js'
import { makeLab } from '../test/lab/lab.js'
import { makeContext, plantNetwork } from '../test/support/scanning.js'
import { withDatabase } from './filled.js'
import { layGround } from './measure.js'
import type { Bench, BenchResult, Say } from './report.js'
import { timeRefresh } from './s9-refresh.js'

const CIDR = '10.16.0.0/12'
const ADDRESSES = 1_048_576
const PACKETS_PER_SECOND = 10_000
const MEMORY_EVERY_MS = 200

export const s4: Bench = {
  id: 's4',
  promise: 'a whole cycle of 1,048,576 addresses, a quarter of them answering, at 10,000 packets/s',
  run: async (say) => {
    const cycle = await withDatabase((store) => sweepTwice(store, say))
    const night = await withDatabase((store) => timeRefresh(store, ADDRESSES))
    say(`the night's fold: ${night.toFixed(0)} s`)
    return {
      figures: [
        ...cycle.figures,
        { what: "night's fold of a day", value: night, unit: 's', bound: { under: 180 } },
      ],
    }
  },
}

/** The first sweep finds everybody; the second is one as they all are. */
async function sweepTwice(store: Store, say: Say): Promise<BenchResult> {
  const ground = layGround(CIDR)
  const lab = await makeLab({ answering: ground.answering })
  const memory = watchMemory()
  try {
    const { site, network } = await plantNetwork(store, CIDR, PACKETS_PER_SECOND)
    const { nmapPath } = readConfig()
    const context = makeContext(store, { nmapPath, launch: lab.launch })
    const base = slotStart(new Date()).getTime()
    const seconds: number[] = []
    let wrong = 0
    for (const slot of [0, 1]) {
      const slotAt = new Date(base + slot * 300_000)
      const errand = { site, network, slotAt, packetsPerSecond: PACKETS_PER_SECOND }
      const result = await sweepNetwork(context, errand)
      say(`${result.asked} asked, ${result.alive} answered, ${result.seconds.toFixed(0)} s`)
      const reason = result.parts.find((part) => part.reason !== undefined)?.reason
      if (reason !== undefined) throw new Error(reason)
      seconds.push(result.seconds)
      wrong = Math.abs(result.alive - ground.present.size)
    }
    return {
      figures: [
        { what: 'sweep and count', value: seconds[1]!, unit: 's', bound: { under: 300 } },
        { what: 'the first of all, when everybody is new', value: seconds[0]!, unit: 's' },
        { what: 'addresses told wrong', value: wrong, unit: '', bound: { atMost: 0 } },
        { what: "scanner's memory, most", value: memory(), unit: 'MB', bound: { under: 400 } },
      ],
    }
  } finally {
    memory()
    await lab.remove()
  }
}

/** The most memory this process has had, in MB, when asked. */
function watchMemory(): () => number {
  let most = 0
  const look = () => {
    most = Math.max(most, process.memoryUsage.rss() / 1e6)
  }
  const timer = setInterval(look, MEMORY_EVERY_MS)
  return () => {
    clearInterval(timer)
    look()
    return most
  }
}
