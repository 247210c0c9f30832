/** Five-minute slots of a day: 00:00 to 00:04 is slot 0, 23:55 to 23:59 is slot 287. */
export const SLOTS_PER_DAY = 288
export const SLOT_MS = 300_000
export const DAY_MS = 86_400_000

export type Slot = number & { readonly __slot: unique symbol }
/** Whole UTC days since 1970-01-01. */
export type Day = number & { readonly __day: unique symbol }

export function dayOf(instant: Date): Day {
  return Math.floor(instant.getTime() / DAY_MS) as Day
}

/** The UTC slot that an instant lies in. */
export function slotOf(instant: Date): Slot {
  const intoDay = instant.getTime() - dayOf(instant) * DAY_MS
  return Math.floor(intoDay / SLOT_MS) as Slot
}

/** The instant at which a UTC slot begins. */
export function instantOf(day: Day, slot: number = 0): Date {
  return new Date(day * DAY_MS + slot * SLOT_MS)
}

/** `2026-03-29`, as DATE columns take it. */
export function formatDay(day: Day): string {
  return instantOf(day).toISOString().slice(0, 10)
}

/** The other way round; the text comes from a DATE column. */
export function parseDay(text: string): Day {
  return dayOf(new Date(`${text}T00:00:00Z`))
}

/**
 * For each of a UTC day's 288 slots, the slot of day that a clock in the zone shows then. A slot that
 * the zone's spring day skips is in no entry; one that its autumn day repeats is in two.
 */
export function localSlots(day: Day, timeZone: string): Uint16Array {
  const key = `${timeZone} ${day}`
  const known = remembered.get(key)
  if (known) return known
  const clock = clockOf(timeZone)
  const slots = Uint16Array.from({ length: SLOTS_PER_DAY }, (_, slot) =>
    readClock(clock, instantOf(day, slot)),
  )
  if (remembered.size >= REMEMBERED_LIMIT) remembered.clear()
  remembered.set(key, slots)
  return slots
}

export function isTimeZone(name: string): boolean {
  try {
    return clockOf(name) !== undefined
  } catch {
    return false
  }
}

/** A day's slots of one zone cost 2 ms to work out and are asked for once per block. */
const remembered = new Map<string, Uint16Array>()
const REMEMBERED_LIMIT = 1_000

function clockOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
}

function readClock(clock: Intl.DateTimeFormat, instant: Date): number {
  const [hour = 0, minute = 0] = clock.format(instant).split(':').map(Number)
  return Math.floor((hour * 60 + minute) / 5)
}
