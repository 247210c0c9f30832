import { percentActive } from '../core/uptime/counters.js'
import {
  type Day,
  dayOf,
  formatDay,
  instantOf,
  localSlots,
  SLOTS_PER_DAY,
  slotOf,
} from '../core/uptime/slot.js'
import type { AddressDay } from '../store/address-days.js'
import type { AddressFacts } from './address-facts.js'
import { drawStrip, drawTicks, fitCells, type StripCell, type StripLook } from './strip.js'

export const LABEL_WIDTH = 12
/** Behind a day's strip: how often it answered. */
const FIGURES_WIDTH = 20

export interface AddressView {
  /** So many last days. */
  readonly days: number
  /** Of the terminal, in characters. */
  readonly width: number
  readonly look: StripLook
}

/** All askings of an address by its site's time of day. */
export function drawDayOfSite(facts: AddressFacts, { width, look }: AddressView): string {
  const cells = fitCells(Math.min(width, cellsOfDay(facts)))
  const { active, total } = facts.counters
  const slots = Array.from(
    { length: SLOTS_PER_DAY },
    (_, slot): StripCell => ({ active: active[slot]!, total: total[slot]! }),
  )
  const nowSlot = localSlots(dayOf(facts.now), facts.site.timeZone)[slotOf(facts.now)]!
  const nowCell = Math.floor((nowSlot * cells) / SLOTS_PER_DAY)
  return [
    `By time of day (${facts.site.timeZone}), ${1_440 / cells} minutes each, now at ^:`,
    drawStrip(joinSlots(slots, cells), look),
    drawTicks(cells, nowCell),
  ].join('\n')
}

/** The last days, today first: a strip and its figures each. */
export function drawLastDays(facts: AddressFacts, { days, width, look }: AddressView): string {
  const cells = fitCells(Math.min(width - LABEL_WIDTH - FIGURES_WIDTH, cellsOfDay(facts)))
  const today = dayOf(facts.now)
  const lines = Array.from({ length: days }, (_, back) => {
    const day = (today - back) as Day
    const strip = drawStrip(joinSlots(slotsOfDay(facts, day), cells), look)
    return `${formatDay(day).padEnd(LABEL_WIDTH)}${strip}  ${describeDay(facts, day)}`
  })
  return [
    `The last ${days === 1 ? 'day' : `${days} days`} (UTC), ${1_440 / cells} minutes each:`,
    ...lines,
    `${' '.repeat(LABEL_WIDTH)}${drawTicks(cells)}`,
  ].join('\n')
}

function describeDay({ days }: AddressFacts, day: Day): string {
  const { seen, asked } = countDay(days.get(day))
  return asked === 0 ? 'not asked' : `${seen} of ${asked}${percentOf(seen, asked)}`
}

/** A network that is swept once an hour has no more to show than 24 cells. */
function cellsOfDay({ network }: AddressFacts): number {
  return 1_440 / (network?.sweepMinutes ?? 5)
}

function slotsOfDay({ days, uncounted }: AddressFacts, day: Day): StripCell[] {
  const own = days.get(day)
  return Array.from({ length: SLOTS_PER_DAY }, (_, slot) => ({
    active: own?.seen[slot] ?? 0,
    total: own?.asked[slot] ?? 0,
    isUncounted: uncounted.has(instantOf(day, slot).getTime()),
  }))
}

function joinSlots(slots: readonly StripCell[], cells: number): StripCell[] {
  const each = slots.length / cells
  return Array.from({ length: cells }, (_, cell) => {
    const own = slots.slice(cell * each, (cell + 1) * each)
    return {
      active: own.reduce((sum, slot) => sum + slot.active, 0),
      total: own.reduce((sum, slot) => sum + slot.total, 0),
      isUncounted: own.some((slot) => slot.isUncounted === true),
    }
  })
}

/** In how many slots of a day it was asked, and in how many it answered. */
export function countDay(day: AddressDay | undefined): { seen: number; asked: number } {
  return { seen: countSlots(day?.seen), asked: countSlots(day?.asked) }
}

function countSlots(slots: Uint8Array | undefined): number {
  return slots?.reduce((sum, slot) => sum + slot, 0) ?? 0
}

/** ` (61 %)`, and nothing where nothing was asked. */
export function percentOf(active: number, total: number): string {
  const percent = percentActive(active, total)
  return percent === undefined ? '' : ` (${percent} %)`
}
