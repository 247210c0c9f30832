import { expect, test } from 'vitest'
import {
  isDue,
  nextBoundary,
  parseSweepMinutes,
  SWEEP_MINUTES,
  slotStart,
} from '../../../src/core/scan/schedule.js'

test.each([
  ['2026-03-01T10:00:00.000Z', '2026-03-01T10:00:00.000Z'],
  ['2026-03-01T10:04:59.999Z', '2026-03-01T10:00:00.000Z'],
  ['2026-03-01T23:59:59.999Z', '2026-03-01T23:55:00.000Z'],
])('the slot of %s begins at %s', (now, slot) => {
  expect(slotStart(new Date(now)).toISOString()).toBe(slot)
})

test.each([
  [5, 288],
  [10, 144],
  [15, 96],
  [30, 48],
  [60, 24],
])('a network of every %i minutes is due %i times a day', (sweepMinutes, times) => {
  const network = { sweepMinutes, enabled: true }
  const slots = Array.from(
    { length: 288 },
    (_, slot) => new Date(Date.UTC(2026, 9, 25, 0, slot * 5)),
  )
  const due = slots.filter((slotAt) => isDue(network, slotAt))
  expect(due).toHaveLength(times)
  expect(due[0]?.toISOString()).toBe('2026-10-25T00:00:00.000Z')
  expect(slots.some((slotAt) => isDue({ ...network, enabled: false }, slotAt))).toBe(false)
})

test('the next boundary is the next slot at which the network is due', () => {
  for (const sweepMinutes of SWEEP_MINUTES) {
    const network = { sweepMinutes, enabled: true }
    for (let minute = 0; minute < 180; minute += 5) {
      const slotAt = new Date(Date.UTC(2026, 0, 1, 0, minute))
      let next = new Date(slotAt.getTime() + 300_000)
      while (!isDue(network, next)) next = new Date(next.getTime() + 300_000)
      expect(nextBoundary(network, slotAt)).toEqual(next)
    }
  }
})

test('an interval is one of five, and a wrong one lists them', () => {
  expect(parseSweepMinutes(' 15 ')).toEqual({ ok: true, value: 15 })
  expect(parseSweepMinutes('7')).toEqual({
    ok: false,
    error: '"7" is no interval: choose 5, 10, 15, 30 or 60 minutes',
  })
})
