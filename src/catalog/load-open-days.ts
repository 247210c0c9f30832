import type { BlockWords } from '../core/address/ip-set.js'
import { blockOf } from '../core/address/ip-set.js'
import { dayOf, slotOf } from '../core/uptime/slot.js'
import { findOpenBlock, readOpenWords } from '../store/open-words.js'
import type { Db } from '../store/pool.js'
import { type OpenSlot, readSlot } from '../store/presence.js'
import type { CountedPart } from '../store/recent.js'
import type { Columns } from './columns.js'
import { OpenDays } from './open-days.js'
import type { Snapshot } from './snapshot.js'

/** Blocks of one statement: a few thousand rows a day. */
const BLOCKS_AT_ONCE = 16
const WORD_BYTES = 8

/** Reads the bits of all open days. */
export async function loadOpenDays(db: Db, { columns, timeZones }: Snapshot): Promise<OpenDays> {
  const open = new OpenDays(countBlocks(columns))
  for (const siteId of timeZones.keys()) {
    let from = await findOpenBlock(db, siteId, 0)
    while (from !== undefined) {
      const last = from + BLOCKS_AT_ONCE - 1
      for (const { block, day, slot, words } of await readOpenWords(db, siteId, from, last)) {
        open.put(siteId, block, day, slot, words)
      }
      from = await findOpenBlock(db, siteId, last + 1)
    }
  }
  return open
}

/** Reads the bits that one counted part has set. */
export async function loadPart(db: Db, open: OpenDays, part: CountedPart): Promise<void> {
  const blocks: number[] = []
  for (let block = blockOf(part.range.first); block <= blockOf(part.range.last); block++) {
    blocks.push(block)
  }
  const slots = await readSlot(db, part.siteId, blocks, dayOf(part.slotAt), slotOf(part.slotAt))
  for (const slot of slots) {
    open.put(slot.siteId, slot.block, slot.day, slot.slot, toBytes(slot))
  }
}

/** The blocks that hold an address. */
function countBlocks({ size, siteId, ip }: Columns): number {
  let blocks = 0
  for (let row = 0; row < size; row++) {
    const isSame =
      row > 0 && siteId[row - 1] === siteId[row] && blockOf(ip[row - 1]!) === blockOf(ip[row]!)
    if (!isSame) blocks += 1
  }
  return blocks
}

function toBytes({ seen, asked }: OpenSlot): Uint8Array {
  const bytes = Buffer.alloc(2 * 4 * WORD_BYTES)
  const words: BlockWords[] = [seen, asked]
  words.flat().forEach((word, index) => {
    bytes.writeBigUInt64BE(word, index * WORD_BYTES)
  })
  return bytes
}
