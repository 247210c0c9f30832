import { formatIp } from '../src/core/address/ip.js'
import { BLOCK_DAY_BYTES } from '../src/core/uptime/presence.js'
import { type Day, dayOf } from '../src/core/uptime/slot.js'
import { keepDay } from '../src/store/presence.js'
import { BASE, median, withDatabase } from './filled.js'
import type { Bench, BenchResult } from './report.js'
import { fillForPages, type Served, withWeb } from './served.js'

const ADDRESSES = 65_536
const DAYS = 365
const VISITS = 60
const IP = formatIp(BASE + 7)

export const s7: Bench = {
  id: 's7',
  promise: "one address's full page with a year of history",
  run: () =>
    withDatabase(async (store) => {
      await fillForPages(store, ADDRESSES)
      const today = dayOf(new Date())
      const asked = new Uint8Array(BLOCK_DAY_BYTES).fill(0xff)
      for (let back = 1; back <= DAYS; back++) {
        const seen = asked.map((_, index) => (index * 31 + back * 17) & 0xff)
        await keepDay(store, 1, BASE >>> 8, (today - back) as Day, { seen, asked })
      }
      return withWeb(store, visit)
    }),
}

async function visit(served: Served): Promise<BenchResult> {
  const took: number[] = []
  for (let round = 0; round < VISITS; round++) {
    const started = performance.now()
    const page = await served.visitor.get(`/addresses/${IP}`)
    if (!page.text.includes(IP)) throw new Error('the page does not show its address')
    took.push(performance.now() - started)
  }
  return {
    figures: [{ what: 'median', value: median(took), unit: 'ms', bound: { under: 50 } }],
  }
}
