import { BLOCK_SIZE, blockOf } from '../core/address/ip-set.js'
import { hasAddress, hasBit } from '../core/uptime/presence.js'
import { type Day, dayOf, instantOf, SLOTS_PER_DAY, slotOf } from '../core/uptime/slot.js'
import type { AddressKey } from '../store/counters.js'
import type { Store } from '../store/pool.js'
import { readClosedDays, readOpenSlots } from '../store/presence.js'
import { listUncountedSlots } from '../store/sweep-list.js'
import { type Cell, cellOf, joinCells, type Run } from './strip.js'

export const CALENDAR_DAYS = 30

/** One address, slot by slot, over the last days of UTC. */
export interface Presence {
  readonly days: ReadonlyMap<Day, DayPresence>
  /** Slots (as milliseconds) in which its network was swept and not counted. */
  readonly uncounted: ReadonlySet<number>
}

/** For each of 288 slots whether it was asked, and whether it answered. */
interface DayPresence {
  readonly asked: Uint8Array
  readonly seen: Uint8Array
}

/** Reads open and closed days in one snapshot, so that none is missed while it is being folded. */
export async function readPresence(
  store: Store,
  key: AddressKey,
  networkId: number | undefined,
  now: Date,
): Promise<Presence> {
  const offset = key.ip % BLOCK_SIZE
  const today = dayOf(now)
  const first = (today - CALENDAR_DAYS + 1) as Day
  const [closed, open, uncounted] = await store.transaction(async (tx) => [
    await readClosedDays(tx, key.siteId, blockOf(key.ip), first, today),
    await readOpenSlots(tx, key.siteId, blockOf(key.ip)),
    networkId === undefined
      ? []
      : await listUncountedSlots(tx, networkId, instantOf((today - 1) as Day)),
  ])
  const days = new Map<Day, DayPresence>()
  const dayFor = (day: Day): DayPresence => {
    const known = days.get(day)
    if (known !== undefined) return known
    const made = { asked: new Uint8Array(SLOTS_PER_DAY), seen: new Uint8Array(SLOTS_PER_DAY) }
    days.set(day, made)
    return made
  }
  for (const { day, seen, asked } of closed) {
    const own = dayFor(day)
    for (let slot = 0; slot < SLOTS_PER_DAY; slot++) {
      if (hasBit(asked, offset, slot)) own.asked[slot] = 1
      if (hasBit(seen, offset, slot)) own.seen[slot] = 1
    }
  }
  for (const { day, slot, seen, asked } of open) {
    if (hasAddress(asked, offset)) dayFor(day).asked[slot] = 1
    if (hasAddress(seen, offset)) dayFor(day).seen[slot] = 1
  }
  return { days, uncounted: new Set(uncounted.map((slotAt) => slotAt.getTime())) }
}

/** The 24 hours up to now, in cells of the network's interval. */
export interface LastDay {
  readonly runs: readonly Run[]
  readonly cells: number
  readonly seen: number
  readonly asked: number
}

export function drawLastDay(presence: Presence, now: Date, slotsPerCell: number): LastDay {
  const lastCell = Math.floor((dayOf(now) * SLOTS_PER_DAY + slotOf(now)) / slotsPerCell)
  const count = SLOTS_PER_DAY / slotsPerCell
  const first = (lastCell - count + 1) * slotsPerCell
  const cells = Array.from({ length: count }, (_, index) => {
    const from = first + index * slotsPerCell
    return joinSlots(presence, from, from + slotsPerCell)
  })
  const timeAt = (edge: number) =>
    instantOf(0 as Day, first + edge * slotsPerCell)
      .toISOString()
      .slice(11, 16)
  return {
    runs: joinCells(cells, timeAt),
    cells: count,
    seen: cells.reduce((sum, cell) => sum + cell.active, 0),
    asked: cells.reduce((sum, cell) => sum + cell.total, 0),
  }
}

/** Slots counted since 1970; the end is not included. */
function joinSlots(presence: Presence, from: number, to: number): Cell {
  let active = 0
  let total = 0
  let isUncounted = false
  for (let at = from; at < to; at++) {
    const day = Math.floor(at / SLOTS_PER_DAY) as Day
    const own = presence.days.get(day)
    active += own?.seen[at % SLOTS_PER_DAY] ?? 0
    total += own?.asked[at % SLOTS_PER_DAY] ?? 0
    isUncounted ||= presence.uncounted.has(instantOf(day, at % SLOTS_PER_DAY).getTime())
  }
  return total === 0 && isUncounted
    ? { active: 0, total: 0, level: 'blind' }
    : cellOf(active, total)
}
