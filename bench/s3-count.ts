import { instantOf, parseDay } from '../src/core/uptime/slot.js'
import type { Store } from '../src/store/pool.js'
import { countOne, fill, median, partsOf, readRedoBytes, withDatabase } from './filled.js'
import type { Bench, BenchResult, Say } from './report.js'

const ADDRESSES = 65_536
const DAY = parseDay('2026-03-02')
const SWEEPS = 7

export const s3: Bench = {
  id: 's3',
  promise: 'counting one sweep of a /16, all 65,536 addresses known',
  run: (say) => withDatabase((store) => countBesideUpdate(store, say)),
}

async function countBesideUpdate(store: Store, say: Say): Promise<BenchResult> {
  await fill(store, ADDRESSES, instantOf(DAY, 0))
  const [range] = partsOf(ADDRESSES)
  const seconds: number[] = []
  const redo: number[] = []
  for (let slot = 1; slot <= SWEEPS; slot++) {
    const before = await readRedoBytes(store)
    seconds.push(await countOne(store, 0, range!, instantOf(DAY, slot), (ip) => ip % 4 === 0))
    redo.push((await readRedoBytes(store)) - before)
  }
  say(`counted in ${seconds.map((it) => it.toFixed(2)).join(', ')} s`)
  const bare = await updateInPlace(store)
  say(`in-place UPDATE in ${bare.seconds.map((it) => it.toFixed(2)).join(', ')} s`)
  const peer = 'in-place UPDATE of both blobs'
  return {
    figures: [
      {
        ...{ what: 'time, median', value: median(seconds), unit: 's' },
        bound: { atMost: median(bare.seconds) / 2 },
        beside: [{ what: peer, value: median(bare.seconds) }],
      },
      {
        ...{ what: 'redo log, most', value: Math.max(...redo) / 1e6, unit: 'MB' },
        bound: { atMost: 20 },
        beside: [{ what: peer, value: Math.max(...bare.redo) / 1e6 }],
      },
    ],
  }
}

/** What counting would be if each sweep raised 4 bytes inside each blob. */
async function updateInPlace(store: Store): Promise<{ seconds: number[]; redo: number[] }> {
  await store.run(
    `INSERT INTO counter (site_id, ip, active, total, folded_through)
     SELECT site_id, ip, REPEAT(CHAR(0), 1152), REPEAT(CHAR(0), 1152), '2026-01-01' FROM address_state`,
  )
  const raise = (column: string) =>
    `${column} = CONCAT(LEFT(${column}, ?), UNHEX(LPAD(HEX(CONV(HEX(SUBSTR(${column}, ? + 1, 4)), 16, 10) + 1), 8, '0')), SUBSTR(${column}, ? + 5))`
  const seconds: number[] = []
  const redo: number[] = []
  for (let slot = 1; slot <= 3; slot++) {
    const at = 4 * slot
    const before = await readRedoBytes(store)
    const started = performance.now()
    await store.run(
      `UPDATE counter SET ${raise('total')}, active = IF(ip % 4 = 0, ${raise('active').slice('active = '.length)}, active)`,
      [at, at, at, at, at, at],
    )
    seconds.push((performance.now() - started) / 1_000)
    redo.push((await readRedoBytes(store)) - before)
  }
  return { seconds, redo }
}
