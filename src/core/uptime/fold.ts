import type { CounterPair } from './counters.js'
import { ADDRESS_DAY_BYTES, type BlockDay } from './presence.js'
import { SLOTS_PER_DAY } from './slot.js'

/**
 * Adds one address's day (offset 0 to 255 in its block) to its counters, from UTC slot `from` on, and
 * answers how many were added to each. `local` maps each UTC slot to the site's slot of day.
 */
export function foldDay(
  day: BlockDay,
  offset: number,
  from: number,
  local: Uint16Array,
  counters: CounterPair,
): { active: number; total: number } {
  const at = offset * ADDRESS_DAY_BYTES
  let active = 0
  let total = 0
  for (let slot = from; slot < SLOTS_PER_DAY; slot++) {
    const byte = at + (slot >>> 3)
    const mask = 1 << (slot & 7)
    if ((day.asked[byte]! & mask) === 0) continue
    const localSlot = local[slot]!
    counters.total[localSlot]!++
    total++
    if ((day.seen[byte]! & mask) === 0) continue
    counters.active[localSlot]!++
    active++
  }
  return { active, total }
}
