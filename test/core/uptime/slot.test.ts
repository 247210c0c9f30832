import { describe, expect, test } from 'vitest'
import {
  type Day,
  dayOf,
  formatDay,
  instantOf,
  isTimeZone,
  localSlots,
  parseDay,
  slotOf,
} from '../../../src/core/uptime/slot.js'

test.each([
  ['2026-01-01T00:00:00.000Z', 0],
  ['2026-01-01T00:04:59.999Z', 0],
  ['2026-01-01T00:05:00.000Z', 1],
  ['2026-01-01T12:00:00.000Z', 144],
  ['2026-01-01T23:59:59.999Z', 287],
])('%s lies in slot %i', (instant, slot) => {
  expect(slotOf(new Date(instant))).toBe(slot)
})

test('a day, its text and its first instant lead to each other', () => {
  const day = dayOf(new Date('2026-03-29T13:00:00Z'))
  expect(formatDay(day)).toBe('2026-03-29')
  expect(parseDay('2026-03-29')).toBe(day)
  expect(instantOf(day, 287).toISOString()).toBe('2026-03-29T23:55:00.000Z')
})

test.each([
  ['Europe/Berlin', true],
  ['Asia/Kathmandu', true],
  ['Mars/Olympus', false],
  ['', false],
])('%s as a time zone: %s', (name, isOne) => {
  expect(isTimeZone(name)).toBe(isOne)
})

/** The zone's minutes ahead of UTC before and after the change, and the UTC instant of it. */
const CHANGES = [
  ['Europe/Berlin', '2026-03-29', 60, 120, '2026-03-29T01:00:00Z'],
  ['Europe/Berlin', '2026-10-25', 120, 60, '2026-10-25T01:00:00Z'],
  ['America/New_York', '2026-03-08', -300, -240, '2026-03-08T07:00:00Z'],
  ['America/New_York', '2026-11-01', -240, -300, '2026-11-01T06:00:00Z'],
  ['Australia/Lord_Howe', '2026-04-04', 660, 630, '2026-04-04T15:00:00Z'],
  ['Australia/Lord_Howe', '2026-10-03', 630, 660, '2026-10-03T15:30:00Z'],
  ['Asia/Kathmandu', '2026-06-15', 345, 345, '2026-06-15T00:00:00Z'],
  ['UTC', '2026-06-15', 0, 0, '2026-06-15T00:00:00Z'],
] as const

describe.each(CHANGES)('%s on the UTC day %s', (zone, date, before, after, change) => {
  const day = parseDay(date)
  const changeSlot = (Date.parse(change) - instantOf(day).getTime()) / 300_000
  const reference = Array.from({ length: 288 }, (_, slot) => {
    const ahead = slot < changeSlot ? before : after
    return ((((slot * 5 + ahead) / 5) % 288) + 288) % 288
  })

  test('every UTC slot falls into the slot that a clock on the wall shows', () => {
    expect([...localSlots(day, zone)]).toEqual(reference)
  })

  test('a skipped slot of the wall is never raised, a repeated one twice', () => {
    const times = new Map<number, number>()
    for (const slot of localSlots(day, zone)) times.set(slot, (times.get(slot) ?? 0) + 1)
    const moved = Math.abs(after - before) / 5
    const repeated = [...times.values()].filter((n) => n === 2).length
    expect(repeated).toBe(moved)
    expect(288 - times.size).toBe(moved)
  })
})

test('over the two UTC days that a local autumn day touches, it has 25 hours', () => {
  const first = parseDay('2026-10-24')
  const local = [first, (first + 1) as Day].flatMap((day) =>
    [...localSlots(day, 'Europe/Berlin')].map((slot, utc) => ({ slot, utc, day })),
  )
  const start = local.findIndex(({ slot }, i) => slot === 0 && i > 0)
  const end = local.findIndex(({ slot }, i) => slot === 0 && i > start)
  expect(end - start).toBe(25 * 12)
})
