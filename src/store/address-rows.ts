import type { Range } from '../core/address/network.js'
import type { Db } from './pool.js'

/** Rows of one statement: so few that unpacking them keeps nobody waiting. */
export const ROWS_AT_ONCE = 4_096
const IPS_AT_ONCE = 512

/** What the sweeps move; times in seconds since 1970, null where nothing is known. */
export interface StateRow {
  readonly ip: number
  readonly active: number | null
  readonly total: number | null
  readonly lastActive: number | null
  readonly rttUs: number | null
  readonly replyTtl: number | null
}

/** One whole address, narrow enough to be read by the million. */
export interface AddressRow extends StateRow {
  readonly siteId: number
  readonly hostname: string | null
  readonly os: string | null
  readonly mac: number | null
  readonly firstSeen: number | null
  readonly status: string
  readonly owner: string
  readonly notes: string
}

/** The first rows of a range, in rising order; fewer than `ROWS_AT_ONCE` where there are no more. */
export function readAddressRows(db: Db, siteId: number, range: Range): Promise<AddressRow[]> {
  return db.query<AddressRow>(
    `SELECT a.site_id AS siteId, a.ip, a.hostname, a.os, a.mac, a.status, a.owner, a.notes,
       TIMESTAMPDIFF(SECOND, '1970-01-01', a.first_seen) AS firstSeen, s.active, s.total,
       TIMESTAMPDIFF(SECOND, '1970-01-01', s.last_active) AS lastActive,
       s.rtt_us AS rttUs, s.reply_ttl AS replyTtl
     FROM address a LEFT JOIN address_state s ON s.site_id = a.site_id AND s.ip = a.ip
     WHERE a.site_id = ? AND a.ip BETWEEN ? AND ?
     ORDER BY a.ip LIMIT ${ROWS_AT_ONCE}`,
    [siteId, range.first, range.last],
  )
}

/** The rows of some addresses of a site; in no order, and without those that have none. */
export async function readAddressRowsOf(
  db: Db,
  siteId: number,
  ips: readonly number[],
): Promise<AddressRow[]> {
  const rows: AddressRow[] = []
  for (let at = 0; at < ips.length; at += IPS_AT_ONCE) {
    const some = ips.slice(at, at + IPS_AT_ONCE)
    rows.push(
      ...(await db.query<AddressRow>(
        `SELECT a.site_id AS siteId, a.ip, a.hostname, a.os, a.mac, a.status, a.owner, a.notes,
           TIMESTAMPDIFF(SECOND, '1970-01-01', a.first_seen) AS firstSeen, s.active, s.total,
           TIMESTAMPDIFF(SECOND, '1970-01-01', s.last_active) AS lastActive,
           s.rtt_us AS rttUs, s.reply_ttl AS replyTtl
         FROM address a LEFT JOIN address_state s ON s.site_id = a.site_id AND s.ip = a.ip
         WHERE a.site_id = ? AND a.ip IN (${some.map(() => '?').join(', ')})`,
        [siteId, ...some],
      )),
    )
  }
  return rows
}

/** The first sums of a range, in rising order; fewer than `ROWS_AT_ONCE` where there are no more. */
export function readStateRows(db: Db, siteId: number, range: Range): Promise<StateRow[]> {
  return db.query<StateRow>(
    `SELECT ip, active, total, TIMESTAMPDIFF(SECOND, '1970-01-01', last_active) AS lastActive,
       rtt_us AS rttUs, reply_ttl AS replyTtl
     FROM address_state WHERE site_id = ? AND ip BETWEEN ? AND ?
     ORDER BY ip LIMIT ${ROWS_AT_ONCE}`,
    [siteId, range.first, range.last],
  )
}

/** How many addresses have a row; reads an index from end to end. */
export async function countAddresses(db: Db): Promise<number> {
  const [row] = await db.query<{ rows: number }>('SELECT COUNT(*) AS `rows` FROM address')
  return row!.rows
}
