import { BLOCK_SIZE, blockOf } from '../core/address/ip-set.js'
import {
  type CounterPair,
  decodeCounters,
  emptyPair,
  encodeCounters,
} from '../core/uptime/counters.js'
import { foldDay } from '../core/uptime/fold.js'
import { type BlockDay, transposeDay } from '../core/uptime/presence.js'
import { type Day, dayOf, formatDay, localSlots, parseDay, slotOf } from '../core/uptime/slot.js'
import type { Db, Store, Value } from './pool.js'
import { type OpenSlot, readOpenSlots } from './presence.js'

const ROWS_PER_INSERT = 256

export interface AddressKey {
  readonly siteId: number
  readonly ip: number
}

/** An address's counters as folded: every day up to and including `foldedThrough`. */
export interface FoldedCounters extends AddressKey, CounterPair {
  readonly foldedThrough: Day
}

/** The folded counters of some addresses; one that was never folded is not among them. */
export async function readFolded(db: Db, keys: readonly AddressKey[]): Promise<FoldedCounters[]> {
  if (keys.length === 0) return []
  const rows = await db.query<CounterRow>(
    `SELECT site_id, ip, active, total, folded_through FROM counter
     WHERE (site_id, ip) IN (${keys.map(() => '(?, ?)').join(', ')})`,
    keys.flatMap(({ siteId, ip }) => [siteId, ip]),
  )
  return rows.map(toFolded)
}

/** The folded counters of one block, locked until the transaction ends, by offset in the block. */
export async function lockBlockCounters(
  tx: Db,
  siteId: number,
  block: number,
): Promise<Map<number, FoldedCounters>> {
  const rows = await tx.query<CounterRow>(
    `SELECT site_id, ip, active, total, folded_through FROM counter
     WHERE site_id = ? AND ip BETWEEN ? AND ? FOR UPDATE`,
    [siteId, block * BLOCK_SIZE, block * BLOCK_SIZE + BLOCK_SIZE - 1],
  )
  return new Map(rows.map((row) => [row.ip % BLOCK_SIZE, toFolded(row)]))
}

export async function keepCounters(tx: Db, counters: readonly FoldedCounters[]): Promise<void> {
  for (let at = 0; at < counters.length; at += ROWS_PER_INSERT) {
    const rows = counters.slice(at, at + ROWS_PER_INSERT)
    await tx.run(
      `INSERT INTO counter (site_id, ip, active, total, folded_through)
       VALUES ${rows.map(() => '(?, ?, ?, ?, ?)').join(', ')}
       ON DUPLICATE KEY UPDATE active = VALUES(active), total = VALUES(total),
         folded_through = VALUES(folded_through)`,
      rows.flatMap((row): Value[] => [
        row.siteId,
        row.ip,
        Buffer.from(encodeCounters(row.active)),
        Buffer.from(encodeCounters(row.total)),
        formatDay(row.foldedThrough),
      ]),
    )
  }
}

/**
 * One address's 288 counters, exact to the last counted sweep: what is folded and what is still in
 * bits, read in one snapshot. An address that never answered has nothing but zeros.
 */
export async function readCounters(
  store: Store,
  key: AddressKey,
  firstSeen: Date | undefined,
  timeZone: string,
): Promise<CounterPair> {
  const [folded, open] = await store.transaction(async (tx) => [
    (await readFolded(tx, [key]))[0],
    await readOpenSlots(tx, key.siteId, blockOf(key.ip)),
  ])
  const pair = folded ?? emptyPair()
  if (firstSeen !== undefined) {
    addOpenSlots(pair, open, key.ip % BLOCK_SIZE, firstSeen, timeZone)
  }
  return pair
}

/**
 * Adds a block's open slots to the counters of the address at an offset, from its first answer on. Read
 * in one snapshot with the counters none of them is folded yet, whatever its day.
 */
export function addOpenSlots(
  pair: CounterPair,
  open: readonly OpenSlot[],
  offset: number,
  firstSeen: Date,
  timeZone: string,
): void {
  for (const [day, slots] of groupByDay(open)) {
    if (day < dayOf(firstSeen)) continue
    addOpenDay(pair, day, transposeDay(slots), offset, firstSeen, timeZone)
  }
}

/** Whether an open day that was read before the counters belongs to an address, and was not folded since. */
export function isToAdd(day: Day, firstSeen: Date, foldedThrough: Day | undefined): boolean {
  return day >= dayOf(firstSeen) && (foldedThrough === undefined || day > foldedThrough)
}

/** Adds one open day to the counters of the address at an offset, from its first answer on. */
export function addOpenDay(
  pair: CounterPair,
  day: Day,
  bits: BlockDay,
  offset: number,
  firstSeen: Date,
  timeZone: string,
): void {
  foldDay(bits, offset, firstSlotOf(firstSeen, day), localSlots(day, timeZone), pair)
}

/** The UTC slot of a day from which an address first seen at an instant is counted. */
export function firstSlotOf(firstSeen: Date, day: Day): number {
  return dayOf(firstSeen) === day ? slotOf(firstSeen) : 0
}

interface CounterRow {
  site_id: number
  ip: number
  active: Buffer
  total: Buffer
  folded_through: string
}

function toFolded(row: CounterRow): FoldedCounters {
  return {
    siteId: row.site_id,
    ip: row.ip,
    active: decodeCounters(row.active),
    total: decodeCounters(row.total),
    foldedThrough: parseDay(row.folded_through),
  }
}

function groupByDay(open: readonly OpenSlot[]): Map<Day, OpenSlot[]> {
  const days = new Map<Day, OpenSlot[]>()
  for (const slot of open) {
    const day = days.get(slot.day)
    if (day === undefined) days.set(slot.day, [slot])
    else day.push(slot)
  }
  return days
}
