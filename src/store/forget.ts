import { type Ip, toIp } from '../core/address/ip.js'
import { BLOCK_SIZE, type BlockWords, blockOf, IpSet } from '../core/address/ip-set.js'
import type { Range } from '../core/address/network.js'
import { ADDRESS_DAY_BYTES } from '../core/uptime/presence.js'
import { type Day, formatDay, parseDay } from '../core/uptime/slot.js'
import { nextChange } from './addresses.js'
import type { Db, Store } from './pool.js'
import { keepDay, readClosedDays } from './presence.js'

/** Blocks of one transaction: some thousand rows where a year of presence is kept. */
const BLOCKS_AT_ONCE = 4
const FIRST_DAY = parseDay('1970-01-01')
const LAST_DAY = parseDay('9999-12-31')

/** How many addresses of a range have a row of their own. */
export async function countKept(db: Db, siteId: number, range: Range): Promise<number> {
  const [row] = await db.query<{ kept: number }>(
    'SELECT COUNT(*) AS kept FROM address WHERE site_id = ? AND ip BETWEEN ? AND ?',
    [siteId, range.first, range.last],
  )
  return row!.kept
}

/**
 * Removes all that is known of a range: addresses, sums, counters, presence. Neighbours that share a
 * /24 block with it keep their bits. Works in bounded transactions and bears being run again.
 */
export async function forgetRange(store: Store, siteId: number, range: Range): Promise<void> {
  for (let from: number = range.first; from <= range.last; ) {
    const block = await findBlock(store, siteId, { first: toIp(from), last: range.last })
    if (block === undefined) return
    const batch = {
      first: toIp(Math.max(from, block * BLOCK_SIZE)),
      last: toIp(Math.min(range.last, (block + BLOCKS_AT_ONCE) * BLOCK_SIZE - 1)),
    }
    await store.transaction((tx) => forgetBatch(tx, siteId, batch))
    from = batch.last + 1
  }
}

/** The first block of a range that anything is kept of. */
async function findBlock(db: Db, siteId: number, range: Range): Promise<number | undefined> {
  const ips = [siteId, range.first, range.last]
  const blocks = [siteId, blockOf(range.first), blockOf(range.last)]
  const [row] = await db.query<{ block: number | null }>(
    `SELECT MIN(block) AS block FROM (
       SELECT MIN(ip) >> 8 AS block FROM address WHERE site_id = ? AND ip BETWEEN ? AND ?
       UNION ALL SELECT MIN(ip) >> 8 FROM address_state WHERE site_id = ? AND ip BETWEEN ? AND ?
       UNION ALL SELECT MIN(ip) >> 8 FROM counter WHERE site_id = ? AND ip BETWEEN ? AND ?
       UNION ALL SELECT MIN(block) FROM presence_slot WHERE site_id = ? AND block BETWEEN ? AND ?
       UNION ALL SELECT MIN(block) FROM presence_day WHERE site_id = ? AND block BETWEEN ? AND ?
     ) AS kept`,
    [...ips, ...ips, ...ips, ...blocks, ...blocks],
  )
  return row?.block ?? undefined
}

async function forgetBatch(tx: Db, siteId: number, batch: Range): Promise<void> {
  const ips = [siteId, batch.first, batch.last]
  await tx.run('DELETE FROM address_state WHERE site_id = ? AND ip BETWEEN ? AND ?', ips)
  await tx.run('DELETE FROM address_system WHERE site_id = ? AND ip BETWEEN ? AND ?', ips)
  await tx.run('DELETE FROM name_check WHERE site_id = ? AND ip BETWEEN ? AND ?', ips)
  await tx.run('DELETE FROM address_change WHERE site_id = ? AND ip BETWEEN ? AND ?', ips)
  await tx.run('DELETE FROM counter WHERE site_id = ? AND ip BETWEEN ? AND ?', ips)
  await tx.run('DELETE FROM address WHERE site_id = ? AND ip BETWEEN ? AND ?', ips)
  for (let block = blockOf(batch.first); block <= blockOf(batch.last); block++) {
    const first = toIp(Math.max(batch.first, block * BLOCK_SIZE))
    const last = toIp(Math.min(batch.last, block * BLOCK_SIZE + BLOCK_SIZE - 1))
    const isWhole = last - first + 1 === BLOCK_SIZE
    if (isWhole) await forgetBlock(tx, siteId, block)
    else await clearBits(tx, siteId, block, { first, last })
  }
  await nextChange(tx)
}

async function forgetBlock(tx: Db, siteId: number, block: number): Promise<void> {
  await tx.run('DELETE FROM presence_slot WHERE site_id = ? AND block = ?', [siteId, block])
  await tx.run('DELETE FROM presence_day WHERE site_id = ? AND block = ?', [siteId, block])
}

/** The open slots first: the night's fold of this block then waits for us, or is seen whole below. */
async function clearBits(tx: Db, siteId: number, block: number, gone: Range): Promise<void> {
  await clearOpenSlots(tx, siteId, block, gone)
  for (const day of await readClosedDays(tx, siteId, block, FIRST_DAY, LAST_DAY)) {
    const [from, to] = [gone.first % BLOCK_SIZE, (gone.last % BLOCK_SIZE) + 1]
    day.seen.fill(0, from * ADDRESS_DAY_BYTES, to * ADDRESS_DAY_BYTES)
    day.asked.fill(0, from * ADDRESS_DAY_BYTES, to * ADDRESS_DAY_BYTES)
    if (day.asked.some((byte) => byte !== 0)) await keepDay(tx, siteId, block, day.day, day)
    else await removeClosedDay(tx, siteId, block, day.day)
  }
}

async function clearOpenSlots(tx: Db, siteId: number, block: number, gone: Range): Promise<void> {
  const stays = maskOfRest(block, gone)
  await tx.run(
    `UPDATE presence_slot SET
       seen_0 = seen_0 & ?, seen_1 = seen_1 & ?, seen_2 = seen_2 & ?, seen_3 = seen_3 & ?,
       asked_0 = asked_0 & ?, asked_1 = asked_1 & ?, asked_2 = asked_2 & ?, asked_3 = asked_3 & ?
     WHERE site_id = ? AND block = ?`,
    [...stays, ...stays, siteId, block],
  )
  await tx.run(
    `DELETE FROM presence_slot WHERE site_id = ? AND block = ?
       AND asked_0 = 0 AND asked_1 = 0 AND asked_2 = 0 AND asked_3 = 0`,
    [siteId, block],
  )
}

async function removeClosedDay(tx: Db, siteId: number, block: number, day: Day): Promise<void> {
  await tx.run('DELETE FROM presence_day WHERE site_id = ? AND block = ? AND day = ?', [
    siteId,
    block,
    formatDay(day),
  ])
}

/** One bit for each address of a block that is not gone. */
function maskOfRest(block: number, gone: Range): BlockWords {
  const start = block * BLOCK_SIZE
  const whole = { first: start as Ip, last: (start + BLOCK_SIZE - 1) as Ip }
  return IpSet.ofRanges(whole, [whole])
    .without(IpSet.ofRanges(whole, [gone]))
    .blockWords(block)
}
