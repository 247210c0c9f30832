import { instantOf, parseDay } from '../src/core/uptime/slot.js'
import { countOne, fill, median, partsOf, withDatabase } from './filled.js'
import type { Bench, BenchResult, Say } from './report.js'

const DAY = parseDay('2026-03-02')
const SIZES = [1_536, 65_536, 1_048_576]

export const s10: Bench = {
  id: 's10',
  promise: 'counting costs as much per address at a million as at 1,500',
  run: growth,
}

async function growth(say: Say): Promise<BenchResult> {
  const costs: number[] = []
  for (const size of SIZES) {
    costs.push(await withDatabase((store) => timeCount(store, size)))
    say(`${size} addresses: ${costs.at(-1)?.toFixed(2)} us each`)
  }
  const [small = 0, ...larger] = costs
  return {
    figures: [
      {
        ...{ what: 'cost per address, against 1,536 addresses', unit: 'x' },
        value: Math.max(...larger) / small,
        bound: { under: 1.5 },
      },
      { what: 'at 1,048,576 addresses', value: costs.at(-1) ?? 0, unit: 'us' },
    ],
  }
}

/** Microseconds per address of one whole count, median of five. */
async function timeCount(store: Parameters<typeof fill>[0], size: number): Promise<number> {
  await fill(store, size, instantOf(DAY, 0))
  const rounds: number[] = []
  for (let slot = 1; slot <= 5; slot++) {
    let seconds = 0
    for (const [part, range] of partsOf(size).entries()) {
      seconds += await countOne(store, part, range, instantOf(DAY, slot), (ip) => ip % 4 === 0)
    }
    rounds.push((seconds * 1e6) / size)
  }
  return median(rounds)
}
