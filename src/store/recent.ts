import { toIp } from '../core/address/ip.js'
import type { Range } from '../core/address/network.js'
import type { Db } from './pool.js'

/** One part that was counted. */
export interface CountedPart {
  readonly id: number
  readonly siteId: number
  readonly range: Range
  readonly slotAt: Date
  readonly finished: Date
}

/** The counted parts among the sweeps from an id on, in the order in which they were finished. */
export async function listCountedFrom(db: Db, id: number): Promise<CountedPart[]> {
  const rows = await db.query<PartRow>(
    `SELECT id, site_id, first, last, slot_at, finished FROM sweep
     WHERE id >= ? AND state = 'counted' ORDER BY finished`,
    [id],
  )
  return rows.map((row) => ({
    id: row.id,
    siteId: row.site_id,
    range: { first: toIp(row.first), last: toIp(row.last) },
    slotAt: row.slot_at,
    finished: row.finished,
  }))
}

/** Every sweep of a lower id has come to its end. Ids, unlike times, never go back. */
export async function readFirstOpenSweep(db: Db): Promise<number> {
  const [row] = await db.query<{ running: number | null; last: number | null }>(
    `SELECT (SELECT MIN(id) FROM sweep WHERE state = 'running') AS running,
       (SELECT MAX(id) FROM sweep) AS last`,
  )
  return row?.running ?? (row?.last ?? 0) + 1
}

/** When the last counted part was finished. */
export async function readLastCounted(db: Db): Promise<Date | undefined> {
  const [row] = await db.query<{ finished: Date }>(
    `SELECT finished FROM sweep WHERE state = 'counted' AND finished IS NOT NULL
     ORDER BY finished DESC LIMIT 1`,
  )
  return row?.finished
}

/** The number of the last change to any address. */
export async function readLastChange(db: Db): Promise<number> {
  const [row] = await db.query<{ last: number }>('SELECT last FROM change_sequence WHERE id = 1')
  return row?.last ?? 0
}

/** An address that was changed, and the number of its last change. */
export interface ChangedAddress {
  readonly siteId: number
  readonly ip: number
  readonly change: number
}

/** The addresses changed after one number and up to another. */
export function listChanged(db: Db, after: number, upTo: number): Promise<ChangedAddress[]> {
  return db.query<ChangedAddress>(
    `SELECT site_id AS siteId, ip, changed_seq AS \`change\` FROM address
     WHERE changed_seq > ? AND changed_seq <= ? ORDER BY site_id, ip`,
    [after, upTo],
  )
}

interface PartRow {
  id: number
  site_id: number
  first: number
  last: number
  slot_at: Date
  finished: Date
}
