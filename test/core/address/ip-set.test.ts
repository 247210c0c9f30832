import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseIp } from '../../../src/core/address/ip.js'
import { IpSet } from '../../../src/core/address/ip-set.js'
import type { Range } from '../../../src/core/address/network.js'

const BASE = 0x0a0000f0
const RANGE = { first: BASE, last: BASE + 999 } as Range
const members = fc.array(fc.integer({ min: RANGE.first, max: RANGE.last }))

test('it behaves as a set of numbers does, in rising order', () => {
  fc.assert(
    fc.property(members, members, (some, others) => {
      const mine = IpSet.of(RANGE, some)
      const theirs = IpSet.of(RANGE, others)
      const sorted = (ips: Iterable<number>) => [...new Set(ips)].sort((a, b) => a - b)
      expect([...mine]).toEqual(sorted(some))
      expect(mine.size).toBe(new Set(some).size)
      expect([...mine.without(theirs)]).toEqual(sorted(some.filter((ip) => !others.includes(ip))))
      expect([...mine.within(theirs)]).toEqual(sorted(some.filter((ip) => others.includes(ip))))
      expect([...mine.union(theirs)]).toEqual(sorted([...some, ...others]))
    }),
  )
})

test('its blocks as words give the same set again', () => {
  fc.assert(
    fc.property(members, (some) => {
      const set = IpSet.of(RANGE, some)
      const again = new IpSet(RANGE)
      for (let block = set.firstBlock; block <= set.lastBlock; block++) {
        again.addBlockWords(block, set.blockWords(block))
      }
      expect([...again]).toEqual([...set])
    }),
  )
})

test('words of a block that reach beyond the range are cut at its ends', () => {
  const narrow = { first: BASE + 2, last: BASE + 4 } as Range
  const set = new IpSet(narrow)
  const all = (1n << 64n) - 1n
  set.addBlockWords(BASE >>> 8, [all, all, all, all])
  expect([...set]).toEqual([BASE + 2, BASE + 3, BASE + 4])
})

test('its ranges are as few as can be and hold each member once', () => {
  fc.assert(
    fc.property(members, (some) => {
      const ranges = IpSet.of(RANGE, some).toRanges()
      const listed = ranges.flatMap(({ first, last }) =>
        Array.from({ length: last - first + 1 }, (_, i) => first + i),
      )
      expect(listed).toEqual([...new Set(some)].sort((a, b) => a - b))
      for (const [i, range] of ranges.entries()) {
        expect((ranges[i + 1]?.first ?? Number.POSITIVE_INFINITY) - range.last).toBeGreaterThan(1)
      }
    }),
  )
})

test('an address can be taken out, and one outside is a mistake', () => {
  const set = IpSet.ofRanges(RANGE, [RANGE])
  set.remove(BASE)
  expect(set.has(BASE)).toBe(false)
  expect(set.size).toBe(999)
  expect(() => set.add(BASE - 1)).toThrow(RangeError)
  expect(set.has(BASE - 1)).toBe(false)
})

test('the highest addresses of all are kept apart', () => {
  const last = parseIp('255.255.255.255')
  const ip = last.ok ? last.value : 0
  const set = IpSet.of({ first: ip - 1, last: ip } as Range, [ip])
  expect([...set]).toEqual([0xffffffff])
})
