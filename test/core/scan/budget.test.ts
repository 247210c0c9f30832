import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkBudget, estimateCost, neededRate } from '../../../src/core/scan/budget.js'
import { SWEEP_MINUTES } from '../../../src/core/scan/schedule.js'

const LIMIT = 2_000

test('the cost follows from the real rate, the packets per address and the fixed seconds', () => {
  const cost = estimateCost({ addresses: 65_534, packetsPerSecond: 500, sweepMinutes: 5 })
  expect(cost.seconds).toBeCloseTo((65_534 * 1.15) / (500 * 0.82) + 8, 6)
  expect(cost.share).toBeCloseTo(cost.seconds / 300, 9)
  expect(cost).toMatchObject({ addresses: 65_534, packetsPerSecond: 500 })
})

test.each([
  [14, 500, 5],
  [254, 1, 30],
  [65_534, 500, 5],
  [1_048_574, 2_000, 15],
  [0, 1, 5],
])(
  '%i addresses at %i packets per second fit %i minutes',
  (addresses, packetsPerSecond, sweepMinutes) => {
    expect(checkBudget({ addresses, packetsPerSecond, sweepMinutes }, [], LIMIT).ok).toBe(true)
  },
)

test.each([
  [
    65_534,
    100,
    5,
    /65,534 addresses at 100 packets per second takes 928 seconds.*at least 351 packets/,
  ],
  [254, 1, 5, /at least 2 packets per second/],
  [
    1_048_574,
    2_000,
    5,
    /every 5 minutes needs 5613 packets per second.*every 15 minutes with at least 1834/,
  ],
  [1_048_574, 6_000, 5, /every 15 minutes with at least 1834/],
  [16_777_214, 2_000, 60, /needs 7281 packets per second.*watch less of it, or raise the setting/],
  [
    254,
    3_000,
    5,
    /3000 packets per second is more than all networks together may send: give at most 2000/,
  ],
])(
  '%i addresses at %i do not fit %i minutes',
  (addresses, packetsPerSecond, sweepMinutes, error) => {
    const checked = checkBudget({ addresses, packetsPerSecond, sweepMinutes }, [], LIMIT)
    expect(checked).toMatchObject({ ok: false, error: expect.stringMatching(error) })
  },
)

test('what is swept already takes its share of the limit', () => {
  const others = Array.from({ length: 5 }, () => ({
    addresses: 65_534,
    packetsPerSecond: 500,
    sweepMinutes: 5,
  }))
  const work = { addresses: 65_534, packetsPerSecond: 500, sweepMinutes: 5 }
  expect(checkBudget(work, others.slice(0, 4), LIMIT).ok).toBe(true)
  expect(checkBudget(work, others, LIMIT)).toMatchObject({
    ok: false,
    error: expect.stringMatching(
      /together with what is swept already, needs 2105 .*every 10 minutes with at least 173 packets/,
    ),
  })
})

test('many small networks do not add up by rounding', () => {
  const others = Array.from({ length: 10_000 }, () => ({
    addresses: 2,
    packetsPerSecond: 500,
    sweepMinutes: 5,
  }))
  expect(checkBudget(others[0]!, others, LIMIT).ok).toBe(true)
})

test('the rate or interval that a refusal names is taken', () => {
  const work = fc.record({
    addresses: fc.integer({ min: 1, max: 4_000_000 }),
    packetsPerSecond: fc.integer({ min: 1, max: 5_000 }),
    sweepMinutes: fc.constantFrom(...SWEEP_MINUTES),
  })
  fc.assert(
    fc.property(work, (asked) => {
      const checked = checkBudget(asked, [], LIMIT)
      if (checked.ok) {
        expect(estimateCost(asked).share).toBeLessThanOrEqual(0.9 + 1e-9)
        return
      }
      const rate = /at (?:least|most) (\d+)/.exec(checked.error)?.[1]
      const minutes = /every (\d+) minutes with/.exec(checked.error)?.[1] ?? asked.sweepMinutes
      if (rate === undefined) {
        expect(neededRate({ ...asked, sweepMinutes: 60 })).toBeGreaterThan(LIMIT)
      } else {
        const mended = { ...asked, packetsPerSecond: Number(rate), sweepMinutes: Number(minutes) }
        expect(checkBudget(mended, [], LIMIT)).toMatchObject({ ok: true })
      }
    }),
  )
})
