import { BLOCK_SIZE, blockOf } from '../core/address/ip-set.js'
import { hasAddress, hasBit } from '../core/uptime/presence.js'
import { type Day, SLOTS_PER_DAY } from '../core/uptime/slot.js'
import type { AddressKey } from './counters.js'
import type { Db } from './pool.js'
import { readClosedDays, readOpenSlots } from './presence.js'

/** For each of a UTC day's 288 slots 1 or 0: whether an address was asked, and whether it answered. */
export interface AddressDay {
  readonly asked: Uint8Array
  readonly seen: Uint8Array
}

/**
 * The days of one address from one to another, both included, in no order; without those in which its block
 * was not asked. Needs a transaction: a day that is being folded is then neither missed nor read twice.
 */
export async function readAddressDays(
  tx: Db,
  { siteId, ip }: AddressKey,
  from: Day,
  to: Day,
): Promise<Map<Day, AddressDay>> {
  const offset = ip % BLOCK_SIZE
  const days = new Map<Day, AddressDay>()
  for (const { day, asked, seen } of await readClosedDays(tx, siteId, blockOf(ip), from, to)) {
    const own = dayOf(days, day)
    for (let slot = 0; slot < SLOTS_PER_DAY; slot++) {
      if (hasBit(asked, offset, slot)) own.asked[slot] = 1
      if (hasBit(seen, offset, slot)) own.seen[slot] = 1
    }
  }
  for (const { day, slot, asked, seen } of await readOpenSlots(tx, siteId, blockOf(ip))) {
    if (day < from || day > to) continue
    const own = dayOf(days, day)
    if (hasAddress(asked, offset)) own.asked[slot] = 1
    if (hasAddress(seen, offset)) own.seen[slot] = 1
  }
  return days
}

function dayOf(days: Map<Day, AddressDay>, day: Day): AddressDay {
  const known = days.get(day)
  if (known !== undefined) return known
  const made = { asked: new Uint8Array(SLOTS_PER_DAY), seen: new Uint8Array(SLOTS_PER_DAY) }
  days.set(day, made)
  return made
}
