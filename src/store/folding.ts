import { BLOCK_SIZE } from '../core/address/ip-set.js'
import { emptyPair, sum } from '../core/uptime/counters.js'
import { compare, type Drift } from '../core/uptime/drift.js'
import { foldDay } from '../core/uptime/fold.js'
import { type BlockDay, transposeDay } from '../core/uptime/presence.js'
import { type Day, dayOf, localSlots } from '../core/uptime/slot.js'
import {
  addOpenSlots,
  type FoldedCounters,
  firstSlotOf,
  keepCounters,
  lockBlockCounters,
} from './counters.js'
import type { Db, Store } from './pool.js'
import { keepDay, lockDay, readClosedDays, readOpenSlots, removeDay } from './presence.js'

/** One address of a block that has answered: what the folding and its check need of it. */
interface Counted {
  readonly ip: number
  readonly firstSeen: Date
  readonly active: number
  readonly total: number
}

/**
 * Folds one closed day of one block: adds its bits to the counters, packs and keeps them, and removes
 * them from the open slots; whole or not at all. Answers how many addresses were raised, and every
 * address whose sums then differ from counters and open bits, which it mends.
 */
export async function foldBlock(
  store: Store,
  siteId: number,
  block: number,
  day: Day,
  timeZone: string,
): Promise<{ addresses: number; drifts: Drift[] }> {
  return store.transaction(async (tx) => {
    const slots = await lockDay(tx, siteId, block, day)
    if (slots.length === 0) return { addresses: 0, drifts: [] }
    const bits = transposeDay(slots)
    const counted = await lockCounted(tx, siteId, block)
    const counters = await lockBlockCounters(tx, siteId, block)
    const raised = raise(counted, counters, bits, siteId, day, timeZone)
    await keepCounters(tx, raised)
    await keepDay(tx, siteId, block, day, await mergeKept(tx, siteId, block, day, bits))
    await removeDay(tx, siteId, block, day)
    return {
      addresses: raised.length,
      drifts: await mendSums(tx, siteId, block, timeZone, counted),
    }
  })
}

function raise(
  counted: readonly Counted[],
  counters: Map<number, FoldedCounters>,
  bits: BlockDay,
  siteId: number,
  day: Day,
  timeZone: string,
): FoldedCounters[] {
  const local = localSlots(day, timeZone)
  return counted
    .filter((address) => dayOf(address.firstSeen) <= day)
    .map((address) => {
      const offset = address.ip % BLOCK_SIZE
      const before = counters.get(offset)
      const pair = before ?? emptyPair()
      foldDay(bits, offset, firstSlotOf(address.firstSeen, day), local, pair)
      const foldedThrough = before && before.foldedThrough > day ? before.foldedThrough : day
      return { siteId, ip: address.ip, active: pair.active, total: pair.total, foldedThrough }
    })
}

/** A day that was kept before (bits that came after its folding) keeps what it had. */
async function mergeKept(
  tx: Db,
  siteId: number,
  block: number,
  day: Day,
  bits: BlockDay,
): Promise<BlockDay> {
  const [kept] = await readClosedDays(tx, siteId, block, day, day)
  if (kept === undefined) return bits
  const merge = (mine: Uint8Array, theirs: Uint8Array) => mine.map((byte, i) => byte | theirs[i]!)
  return { seen: merge(bits.seen, kept.seen), asked: merge(bits.asked, kept.asked) }
}

/** The sums of a block against its counters and open bits; what differs is mended and answered. */
export async function mendSums(
  tx: Db,
  siteId: number,
  block: number,
  timeZone: string,
  counted?: readonly Counted[],
): Promise<Drift[]> {
  const drifts = await auditSums(tx, siteId, block, timeZone, counted)
  for (const { ip, expected } of drifts) {
    await tx.run('UPDATE address_state SET active = ?, total = ? WHERE site_id = ? AND ip = ?', [
      expected.active,
      expected.total,
      siteId,
      ip,
    ])
  }
  return drifts
}

/** The sums of a block that differ from its counters and open bits. */
export async function auditSums(
  tx: Db,
  siteId: number,
  block: number,
  timeZone: string,
  counted?: readonly Counted[],
): Promise<Drift[]> {
  const addresses = counted ?? (await lockCounted(tx, siteId, block))
  const counters = await lockBlockCounters(tx, siteId, block)
  const open = await readOpenSlots(tx, siteId, block)
  return addresses.flatMap((address) => {
    const offset = address.ip % BLOCK_SIZE
    const pair = counters.get(offset) ?? emptyPair()
    addOpenSlots(pair, open, offset, address.firstSeen, timeZone)
    const expected = { active: sum(pair.active), total: sum(pair.total) }
    return compare(address.ip, 'sums', address, expected) ?? []
  })
}

/** The counters of a block that differ from its kept days; an address older than those is left out. */
export async function auditCounters(
  tx: Db,
  siteId: number,
  block: number,
  timeZone: string,
  keptSince: Day,
): Promise<Drift[]> {
  const addresses = await lockCounted(tx, siteId, block)
  const counters = await lockBlockCounters(tx, siteId, block)
  const judged = addresses.filter((address) => dayOf(address.firstSeen) >= keptSince)
  const pairs = new Map(judged.map((address) => [address.ip, emptyPair()]))
  const today = Math.max(...[...counters.values()].map((it) => it.foldedThrough), keptSince) as Day
  for (const day of await readClosedDays(tx, siteId, block, keptSince, today)) {
    const local = localSlots(day.day, timeZone)
    for (const { ip, firstSeen } of judged) {
      if (dayOf(firstSeen) > day.day) continue
      foldDay(day, ip % BLOCK_SIZE, firstSlotOf(firstSeen, day.day), local, pairs.get(ip)!)
    }
  }
  return judged.flatMap(({ ip }) => {
    const kept = pairs.get(ip)!
    const found = counters.get(ip % BLOCK_SIZE) ?? emptyPair()
    const isSame =
      found.active.every((n, i) => n === kept.active[i]) &&
      found.total.every((n, i) => n === kept.total[i])
    const sums = (pair: typeof kept) => ({ active: sum(pair.active), total: sum(pair.total) })
    return isSame
      ? []
      : [{ ip, what: 'counters' as const, found: sums(found), expected: sums(kept) }]
  })
}

/** The blocks of a site that hold an address that has answered. */
export async function listBlocks(db: Db, siteId: number): Promise<number[]> {
  const rows = await db.query<{ block: number }>(
    'SELECT DISTINCT ip >> 8 AS block FROM address_state WHERE site_id = ? ORDER BY block',
    [siteId],
  )
  return rows.map((row) => row.block)
}

async function lockCounted(tx: Db, siteId: number, block: number): Promise<Counted[]> {
  const rows = await tx.query<{ ip: number; first_seen: Date; active: number; total: number }>(
    `SELECT s.ip, a.first_seen, s.active, s.total
     FROM address_state s JOIN address a ON a.site_id = s.site_id AND a.ip = s.ip
     WHERE s.site_id = ? AND s.ip BETWEEN ? AND ? FOR UPDATE`,
    [siteId, block * BLOCK_SIZE, block * BLOCK_SIZE + BLOCK_SIZE - 1],
  )
  return rows.map((row) => ({
    ip: row.ip,
    firstSeen: row.first_seen,
    active: row.active,
    total: row.total,
  }))
}
