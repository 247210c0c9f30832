import { expect, test } from 'vitest'
import { type Day, dayOf, instantOf, SLOTS_PER_DAY } from '../../src/core/uptime/slot.js'
import { drawCalendar } from '../../src/web/calendar.js'
import { drawLastDay, type Presence } from '../../src/web/presence.js'

const NOW = new Date('2026-03-11T02:17:00Z')
const TODAY = dayOf(NOW)

function presenceOf(
  isAsked: (slot: number) => boolean,
  isSeen: (slot: number) => boolean,
  uncounted: readonly Date[] = [],
): Presence {
  const days = new Map(
    Array.from({ length: 30 }, (_, index) => {
      const day = (TODAY - 29 + index) as Day
      const isPast = (slot: number) => instantOf(day, slot) <= NOW
      const bits = (is: (slot: number) => boolean) =>
        Uint8Array.from({ length: SLOTS_PER_DAY }, (_, slot) => Number(isPast(slot) && is(slot)))
      return [day, { asked: bits(isAsked), seen: bits((it) => isAsked(it) && isSeen(it)) }] as const
    }),
  )
  return { days, uncounted: new Set(uncounted.map((at) => at.getTime())) }
}

const always = () => true

test('the last day ends with the slot of now', () => {
  const drawn = drawLastDay(
    presenceOf(always, (slot) => slot < 28),
    NOW,
    1,
  )
  expect(drawn).toMatchObject({ cells: 288, asked: 288, seen: 28 })
  expect(drawn.runs.map(({ x, width, level }) => [x, width, level])).toEqual([
    [0, 260, 'p0'],
    [260, 28, 'p5'],
  ])
  expect(drawn.runs[1]?.title).toBe('00:00 to 02:20: answered 28 of 28, 100 %')
})

test('what was blind is told from what was never asked', () => {
  const blind = [instantOf(TODAY, 3), instantOf(TODAY, 4)]
  const drawn = drawLastDay(
    presenceOf((slot) => ![3, 4, 9].includes(slot), always, blind),
    NOW,
    1,
  )
  expect(drawn.runs.map(({ width, level }) => [width, level])).toEqual([
    [263, 'p5'],
    [2, 'blind'],
    [4, 'p5'],
    [1, 'none'],
    [18, 'p5'],
  ])
})

test('a network that is swept every quarter of an hour has cells of that width', () => {
  const drawn = drawLastDay(
    presenceOf((slot) => slot % 3 === 0, always),
    NOW,
    3,
  )
  expect(drawn).toMatchObject({ cells: 96, asked: 96, seen: 96 })
  expect(drawn.runs).toHaveLength(1)
})

test('the calendar begins its weeks on Monday and ends with today', () => {
  const { weeks, today, asked } = drawCalendar(
    presenceOf(always, (slot) => slot % 2 === 0),
    NOW,
  )
  const days = weeks.flat().filter((day) => day !== undefined)
  expect(days).toHaveLength(30)
  expect(days[0]?.date).toBe('2026-02-10')
  expect(weeks[0]?.findIndex((day) => day !== undefined)).toBe(1)
  expect(weeks.every((week) => week.length === 7)).toBe(true)
  expect(days[28]).toMatchObject({ seen: 144, asked: 288, percent: 50, level: 'p3' })
  expect(today).toMatchObject({ date: '2026-03-11', asked: 28, seen: 14, isToday: true })
  expect(asked).toBe(29 * 288 + 28)
})
