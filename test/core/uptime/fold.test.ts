import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type BlockWords, IpSet } from '../../../src/core/address/ip-set.js'
import type { Range } from '../../../src/core/address/network.js'
import { emptyPair } from '../../../src/core/uptime/counters.js'
import { foldDay } from '../../../src/core/uptime/fold.js'
import {
  hasAddress,
  hasBit,
  type SlotBits,
  transposeDay,
} from '../../../src/core/uptime/presence.js'
import { localSlots, parseDay } from '../../../src/core/uptime/slot.js'

const BLOCK: Range = { first: 0, last: 255 } as Range

interface NaiveSlot {
  slot: number
  asked: Set<number>
  seen: Set<number>
}

const address = fc.nat({ max: 255 })
const naiveDay = fc.uniqueArray(
  fc.record({ slot: fc.nat({ max: 287 }), asked: fc.array(address), seen: fc.array(address) }),
  { selector: (it) => it.slot, maxLength: 40 },
)

function toNaive(days: { slot: number; asked: number[]; seen: number[] }[]): NaiveSlot[] {
  return days.map(({ slot, asked, seen }) => ({
    slot,
    asked: new Set([...asked, ...seen]),
    seen: new Set(seen),
  }))
}

function toBits({ slot, asked, seen }: NaiveSlot): SlotBits {
  const words = (set: Set<number>): BlockWords => IpSet.of(BLOCK, set).blockWords(0)
  return { slot, asked: words(asked), seen: words(seen) }
}

test('a transposed day holds exactly the bits of its slots', () => {
  fc.assert(
    fc.property(naiveDay, address, (generated, offset) => {
      const slots = toNaive(generated)
      const day = transposeDay(slots.map(toBits))
      for (let slot = 0; slot < 288; slot++) {
        const naive = slots.find((it) => it.slot === slot)
        expect(hasBit(day.seen, offset, slot)).toBe(naive?.seen.has(offset) ?? false)
        expect(hasBit(day.asked, offset, slot)).toBe(naive?.asked.has(offset) ?? false)
      }
    }),
    { numRuns: 50 },
  )
})

test('folding a day raises the local slots as counting one sweep after the other would', () => {
  const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu')
  const dates = fc.constantFrom('2026-03-29', '2026-10-25', '2026-04-04', '2026-07-01')
  fc.assert(
    fc.property(
      naiveDay,
      address,
      fc.nat({ max: 287 }),
      zones,
      dates,
      (generated, offset, from, zone, date) => {
        const slots = toNaive(generated)
        const local = localSlots(parseDay(date), zone)
        const pair = emptyPair()
        const raised = foldDay(transposeDay(slots.map(toBits)), offset, from, local, pair)
        const expected = emptyPair()
        let active = 0
        let total = 0
        for (const { slot, asked, seen } of slots) {
          if (slot < from || !asked.has(offset)) continue
          expected.total[local[slot]!]!++
          total++
          if (!seen.has(offset)) continue
          expected.active[local[slot]!]!++
          active++
        }
        expect(pair).toEqual(expected)
        expect(raised).toEqual({ active, total })
      },
    ),
    { numRuns: 200 },
  )
})

test('an address is found in the words of its block', () => {
  const words = IpSet.of(BLOCK, [0, 63, 64, 255]).blockWords(0)
  expect([0, 1, 63, 64, 65, 254, 255].map((offset) => hasAddress(words, offset))).toEqual([
    ...[true, false, true, true, false, false, true],
  ])
  expect(words).toEqual([(1n << 63n) | 1n, 1n, 0n, 1n << 63n])
})
