import type { Day } from '../core/uptime/slot.js'
import type { Db } from './pool.js'

/** One row of `presence_slot`, unpacked no further: read by the million, four times as fast. */
export interface OpenWords {
  readonly block: number
  readonly day: Day
  readonly slot: number
  /** 64 bytes: the four words of `seen`, then the four of `asked`, each big-endian. */
  readonly words: Buffer
}

/** The lowest block of a site, from one on, that has open slots. */
export async function findOpenBlock(
  db: Db,
  siteId: number,
  from: number,
): Promise<number | undefined> {
  const [row] = await db.query<{ block: number | null }>(
    'SELECT MIN(block) AS block FROM presence_slot WHERE site_id = ? AND block >= ?',
    [siteId, from],
  )
  return row?.block ?? undefined
}

/** All open slots of a run of blocks. */
export function readOpenWords(
  db: Db,
  siteId: number,
  firstBlock: number,
  lastBlock: number,
): Promise<OpenWords[]> {
  return db.query<OpenWords>(
    `SELECT block, TO_DAYS(day) - TO_DAYS('1970-01-01') AS day, slot, UNHEX(CONCAT(
       LPAD(HEX(seen_0), 16, '0'), LPAD(HEX(seen_1), 16, '0'),
       LPAD(HEX(seen_2), 16, '0'), LPAD(HEX(seen_3), 16, '0'),
       LPAD(HEX(asked_0), 16, '0'), LPAD(HEX(asked_1), 16, '0'),
       LPAD(HEX(asked_2), 16, '0'), LPAD(HEX(asked_3), 16, '0'))) AS words
     FROM presence_slot WHERE site_id = ? AND block BETWEEN ? AND ?`,
    [siteId, firstBlock, lastBlock],
  )
}
