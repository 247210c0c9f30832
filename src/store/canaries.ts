import type { Range } from '../core/address/network.js'
import { CANARY_ASKINGS, CANARY_UPTIME, type CanaryCandidate } from '../core/scan/blindness.js'
import { readFolded } from './counters.js'
import type { Db } from './pool.js'

/** More than are needed: some are left out because they are usually off at this time of day. */
const CANDIDATES = 64

/**
 * Addresses of a range that are nearly always there, scattered over it in an order that stays the same,
 * with their counters of one slot of day (0 to 287, in the site's zone).
 */
export async function listCanaryCandidates(
  db: Db,
  siteId: number,
  range: Range,
  localSlot: number,
): Promise<CanaryCandidate[]> {
  const rows = await db.query<{ ip: number }>(
    `SELECT ip FROM address_state
     WHERE site_id = ? AND ip BETWEEN ? AND ? AND total >= ? AND active >= total * ?
     ORDER BY CRC32(ip), ip LIMIT ${CANDIDATES}`,
    [siteId, range.first, range.last, CANARY_ASKINGS, CANARY_UPTIME],
  )
  const keys = rows.map((row) => ({ siteId, ip: row.ip }))
  const folded = new Map((await readFolded(db, keys)).map((counters) => [counters.ip, counters]))
  return rows.map(({ ip }) => ({
    ip,
    activeNow: folded.get(ip)?.active[localSlot] ?? 0,
    totalNow: folded.get(ip)?.total[localSlot] ?? 0,
  }))
}
