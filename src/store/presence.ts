import { promisify } from 'node:util'
import { deflate, inflate } from 'node:zlib'
import type { BlockWords } from '../core/address/ip-set.js'
import { BLOCK_DAY_BYTES, type BlockDay, type SlotBits } from '../core/uptime/presence.js'
import { type Day, formatDay, parseDay } from '../core/uptime/slot.js'
import type { Db, Value } from './pool.js'

const pack = promisify(deflate)
const unpack = promisify(inflate)
const ROWS_PER_INSERT = 1_000

/** One row of `presence_slot`: one block at one UTC slot of a day that is not folded yet. */
export interface OpenSlot extends SlotBits {
  readonly siteId: number
  readonly block: number
  readonly day: Day
}

/** Sets bits; bits that another network of the block has set stay. */
export async function raiseBits(tx: Db, slots: readonly OpenSlot[]): Promise<void> {
  for (let at = 0; at < slots.length; at += ROWS_PER_INSERT) {
    const rows = slots.slice(at, at + ROWS_PER_INSERT)
    await tx.run(
      `INSERT INTO presence_slot (site_id, block, day, slot,
         seen_0, seen_1, seen_2, seen_3, asked_0, asked_1, asked_2, asked_3)
       VALUES ${rows.map(() => '(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}
       ON DUPLICATE KEY UPDATE
         seen_0 = seen_0 | VALUES(seen_0), seen_1 = seen_1 | VALUES(seen_1),
         seen_2 = seen_2 | VALUES(seen_2), seen_3 = seen_3 | VALUES(seen_3),
         asked_0 = asked_0 | VALUES(asked_0), asked_1 = asked_1 | VALUES(asked_1),
         asked_2 = asked_2 | VALUES(asked_2), asked_3 = asked_3 | VALUES(asked_3)`,
      rows.flatMap(({ siteId, block, day, slot, seen, asked }): Value[] => [
        siteId,
        block,
        formatDay(day),
        slot,
        ...seen,
        ...asked,
      ]),
    )
  }
}

/** The bits of some blocks at one slot, locked where a transaction asks. */
export async function readSlot(
  db: Db,
  siteId: number,
  blocks: readonly number[],
  day: Day,
  slot: number,
): Promise<OpenSlot[]> {
  if (blocks.length === 0) return []
  const rows = await db.query<SlotRow>(
    `SELECT site_id, block, day, slot, seen_0, seen_1, seen_2, seen_3, asked_0, asked_1, asked_2, asked_3
     FROM presence_slot
     WHERE site_id = ? AND block IN (${blocks.map(() => '?').join(', ')}) AND day = ? AND slot = ?`,
    [siteId, ...blocks, formatDay(day), slot],
  )
  return rows.map(toOpenSlot)
}

/** All open slots of a run of blocks, or of one, in rising order of block, day and slot. */
export async function readOpenSlots(
  db: Db,
  siteId: number,
  firstBlock: number,
  lastBlock: number = firstBlock,
): Promise<OpenSlot[]> {
  const rows = await db.query<SlotRow>(
    `SELECT site_id, block, day, slot, seen_0, seen_1, seen_2, seen_3, asked_0, asked_1, asked_2, asked_3
     FROM presence_slot
     WHERE site_id = ? AND block BETWEEN ? AND ?
     ORDER BY site_id, block, day, slot`,
    [siteId, firstBlock, lastBlock],
  )
  return rows.map(toOpenSlot)
}

/** The open slots of one block on one day, locked until the transaction ends. */
export async function lockDay(
  tx: Db,
  siteId: number,
  block: number,
  day: Day,
): Promise<OpenSlot[]> {
  const rows = await tx.query<SlotRow>(
    `SELECT site_id, block, day, slot, seen_0, seen_1, seen_2, seen_3, asked_0, asked_1, asked_2, asked_3
     FROM presence_slot
     WHERE site_id = ? AND block = ? AND day = ?
     ORDER BY slot FOR UPDATE`,
    [siteId, block, formatDay(day)],
  )
  return rows.map(toOpenSlot)
}

export async function removeDay(tx: Db, siteId: number, block: number, day: Day): Promise<void> {
  await tx.run('DELETE FROM presence_slot WHERE site_id = ? AND block = ? AND day = ?', [
    siteId,
    block,
    formatDay(day),
  ])
}

/** Which days of which blocks are open and lie before a day. */
export async function listOpenDays(
  db: Db,
  before: Day,
): Promise<{ siteId: number; block: number; day: Day }[]> {
  const rows = await db.query<{ site_id: number; block: number; day: string }>(
    'SELECT DISTINCT site_id, block, day FROM presence_slot WHERE day < ? ORDER BY site_id, block, day',
    [formatDay(before)],
  )
  return rows.map((row) => ({ siteId: row.site_id, block: row.block, day: parseDay(row.day) }))
}

/** Keeps a closed day, packed; a day that was kept before is replaced. */
export async function keepDay(
  tx: Db,
  siteId: number,
  block: number,
  day: Day,
  bits: BlockDay,
): Promise<void> {
  const [seen, asked] = await Promise.all([pack(bits.seen), pack(bits.asked)])
  await tx.run(
    `INSERT INTO presence_day (site_id, block, day, seen, asked) VALUES (?, ?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE seen = VALUES(seen), asked = VALUES(asked)`,
    [siteId, block, formatDay(day), seen, asked],
  )
}

/** The closed days of a block from one day to another, both included, in rising order. */
export async function readClosedDays(
  db: Db,
  siteId: number,
  block: number,
  from: Day,
  to: Day,
): Promise<(BlockDay & { day: Day })[]> {
  const rows = await db.query<{ day: string; seen: Buffer; asked: Buffer }>(
    `SELECT day, seen, asked FROM presence_day
     WHERE site_id = ? AND block = ? AND day BETWEEN ? AND ? ORDER BY day`,
    [siteId, block, formatDay(from), formatDay(to)],
  )
  return Promise.all(
    rows.map(async (row) => ({
      day: parseDay(row.day),
      seen: await unpackBits(row.seen),
      asked: await unpackBits(row.asked),
    })),
  )
}

/** Forgets closed days before a day, a bounded number of rows at a time; answers how many went. */
export async function purgeDays(db: Db, before: Day, atMost: number): Promise<number> {
  const removed = await db.run(
    `DELETE FROM presence_day WHERE day < ? LIMIT ${Math.trunc(atMost)}`,
    [formatDay(before)],
  )
  return removed.affected
}

async function unpackBits(packed: Buffer): Promise<Uint8Array> {
  const bits = await unpack(packed)
  if (bits.byteLength !== BLOCK_DAY_BYTES) {
    throw new RangeError(`store: a packed day has ${bits.byteLength} bytes, not ${BLOCK_DAY_BYTES}`)
  }
  return bits
}

type Word = string | number

interface SlotRow {
  site_id: number
  block: number
  day: string
  slot: number
  seen_0: Word
  seen_1: Word
  seen_2: Word
  seen_3: Word
  asked_0: Word
  asked_1: Word
  asked_2: Word
  asked_3: Word
}

function toOpenSlot(row: SlotRow): OpenSlot {
  const seen: BlockWords = [row.seen_0, row.seen_1, row.seen_2, row.seen_3].map(BigInt) as never
  const asked: BlockWords = [row.asked_0, row.asked_1, row.asked_2, row.asked_3].map(
    BigInt,
  ) as never
  return {
    siteId: row.site_id,
    block: row.block,
    day: parseDay(row.day),
    slot: row.slot,
    seen,
    asked,
  }
}
