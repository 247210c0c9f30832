import { BLOCK_SIZE, type IpSet } from '../core/address/ip-set.js'
import type { Answer } from './answer.js'
import type { Db, Value } from './pool.js'
import type { ClaimedSweep } from './sweeps.js'

/** A round-trip time is kept in three bytes of microseconds: 16.7 s at most. */
const RTT_LIMIT_US = 0xffffff

/**
 * Raises the sums of every known address that was asked. The outcome goes over as one row per block,
 * a byte (or three) per address, and the server does the rest in one pass over narrow rows.
 */
export async function raiseSums(
  tx: Db,
  sweep: ClaimedSweep,
  fresh: { asked: IpSet; seen: IpSet },
  answers: readonly Answer[],
): Promise<void> {
  await tx.run(`CREATE TEMPORARY TABLE IF NOT EXISTS sweep_outcome (
    block INT UNSIGNED NOT NULL PRIMARY KEY,
    outcome VARBINARY(256) NOT NULL,
    ttl VARBINARY(256) NOT NULL,
    rtt VARBINARY(768) NOT NULL
  )`)
  await tx.run('DELETE FROM sweep_outcome')
  const rows = outcomeRows(fresh, answers)
  for (let at = 0; at < rows.length; at += BLOCK_SIZE) {
    const some = rows.slice(at, at + BLOCK_SIZE)
    await tx.run(
      `INSERT INTO sweep_outcome (block, outcome, ttl, rtt)
       VALUES ${some.map(() => '(?, ?, ?, ?)').join(', ')}`,
      some.flatMap((row): Value[] => [row.block, row.outcome, row.ttl, row.rtt]),
    )
  }
  await tx.run(
    `UPDATE address_state s STRAIGHT_JOIN sweep_outcome o ON o.block = s.ip >> 8
     SET s.active = s.active + (ORD(SUBSTR(o.outcome, 1 + (s.ip & 255), 1)) >> 1 & 1),
         s.total = s.total + (ORD(SUBSTR(o.outcome, 1 + (s.ip & 255), 1)) & 1),
         s.last_active = IF(ORD(SUBSTR(o.outcome, 1 + (s.ip & 255), 1)) & 2,
           GREATEST(IFNULL(s.last_active, ?), ?), s.last_active),
         s.last_silent = IF(ORD(SUBSTR(o.outcome, 1 + (s.ip & 255), 1)) & 2,
           s.last_silent, GREATEST(IFNULL(s.last_silent, ?), ?)),
         s.reply_ttl = IF(ORD(SUBSTR(o.ttl, 1 + (s.ip & 255), 1)) > 0,
           ORD(SUBSTR(o.ttl, 1 + (s.ip & 255), 1)), s.reply_ttl),
         s.rtt_us = COALESCE(
           NULLIF(CONV(HEX(SUBSTR(o.rtt, 1 + 3 * (s.ip & 255), 3)), 16, 10), 0), s.rtt_us)
     WHERE s.site_id = ? AND s.ip BETWEEN ? AND ?
       AND ORD(SUBSTR(o.outcome, 1 + (s.ip & 255), 1)) > 0`,
    [...Array<Date>(4).fill(sweep.slotAt), sweep.siteId, sweep.range.first, sweep.range.last],
  )
}

interface OutcomeRow {
  readonly block: number
  /** Per address: bit 0 asked, bit 1 seen. */
  readonly outcome: Buffer
  readonly ttl: Buffer
  /** Per address: three bytes of microseconds, big-endian; 0 is unknown. */
  readonly rtt: Buffer
}

function outcomeRows(
  fresh: { asked: IpSet; seen: IpSet },
  answers: readonly Answer[],
): OutcomeRow[] {
  const rows = new Map<number, OutcomeRow>()
  const rowOf = (ip: number): OutcomeRow => {
    const block = ip >>> 8
    const known = rows.get(block)
    if (known) return known
    const made = {
      block,
      outcome: Buffer.alloc(BLOCK_SIZE),
      ttl: Buffer.alloc(BLOCK_SIZE),
      rtt: Buffer.alloc(3 * BLOCK_SIZE),
    }
    rows.set(block, made)
    return made
  }
  for (const ip of fresh.asked) rowOf(ip).outcome[ip & 255]! |= 1
  for (const ip of fresh.seen) rowOf(ip).outcome[ip & 255]! |= 2
  for (const { ip, ttl, rttUs } of answers) {
    if (!fresh.seen.has(ip)) continue
    const row = rowOf(ip)
    row.ttl[ip & 255] = ttl ?? 0
    row.rtt.writeUIntBE(Math.min(Math.round(rttUs ?? 0), RTT_LIMIT_US), 3 * (ip & 255), 3)
  }
  return [...rows.values()]
}
