import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EXCLUSION_REASONS, type Exclusion } from '../../../src/core/address/exclusion.js'
import { formatIp, toIp } from '../../../src/core/address/ip.js'
import {
  type NetworkRange,
  overlaps,
  parseNetwork,
  parseRange,
  type Range,
  sizeOf,
} from '../../../src/core/address/network.js'
import {
  countAddresses,
  cutParts,
  PART_SIZE,
  planPart,
  renderTargets,
  splitEvenly,
} from '../../../src/core/scan/plan.js'

/** Ranges around the middle of 10.0.0.0/16, small enough to be checked address by address. */
const BASE = 10 * 2 ** 24
const AROUND = 300

const range = fc
  .tuple(fc.nat(AROUND), fc.nat(AROUND))
  .map(
    ([a, b]): Range => ({ first: toIp(BASE + Math.min(a, b)), last: toIp(BASE + Math.max(a, b)) }),
  )
const exclusion = fc
  .tuple(range, fc.constantFrom(...EXCLUSION_REASONS))
  .map(([where, reason]): Exclusion => ({ ...where, reason }))
const network = fc.oneof(
  range.map((where): NetworkRange => ({ ...where, prefixLength: undefined })),
  fc.tuple(fc.integer({ min: 23, max: 32 }), fc.nat(AROUND)).map(([length, at]): NetworkRange => {
    const size = 2 ** (32 - length)
    const first = BASE + Math.floor(at / size) * size
    return { first: toIp(first), last: toIp(first + size - 1), prefixLength: length }
  }),
)
/** Sorted and disjoint, as a plan is. */
const plan = fc
  .array(range, { maxLength: 6 })
  .map((ranges) => rangesOf(new Set(ranges.flatMap(addressesOf))))

function addressesOf({ first, last }: Range): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

function rangesOf(ips: ReadonlySet<number>): Range[] {
  const sorted = [...ips].sort((a, b) => a - b)
  return sorted.map((ip) => ({ first: toIp(ip), last: toIp(ip) }))
}

const range_ = (text: string): NetworkRange => {
  const parsed = parseRange(text)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}

describe('parts', () => {
  test.each([
    ['10.0.0.0/24', ['10.0.0.0-10.0.0.255']],
    ['10.0.0.0/16', ['10.0.0.0-10.0.255.255']],
    ['10.0.255.0-10.1.0.255', ['10.0.255.0-10.0.255.255', '10.1.0.0-10.1.0.255']],
    [
      '10.0.128.0-10.2.127.255',
      ['10.0.128.0-10.0.255.255', '10.1.0.0-10.1.255.255', '10.2.0.0-10.2.127.255'],
    ],
  ])('%s is cut into %j', (text, parts) => {
    const cut = cutParts(range_(text)).map((p) => `${formatIp(p.first)}-${formatIp(p.last)}`)
    expect(cut).toEqual(parts)
  })

  test('of any network hold each address once and never share a /24', () => {
    const ip = fc.integer({ min: 1 * 2 ** 24, max: 224 * 2 ** 24 - 1 })
    fc.assert(
      fc.property(ip, fc.nat(2 ** 24 - 1), (first, length) => {
        const whole = { first: toIp(first), last: toIp(Math.min(first + length, 2 ** 32 - 1)) }
        const parts = cutParts(whole)
        expect(parts[0]?.first).toBe(whole.first)
        expect(parts.at(-1)?.last).toBe(whole.last)
        for (const [index, part] of parts.entries()) {
          expect(sizeOf(part)).toBeLessThanOrEqual(PART_SIZE)
          const next = parts[index + 1]
          if (next === undefined) continue
          expect(next.first).toBe(part.last + 1)
          expect(next.first >>> 8).not.toBe(part.last >>> 8)
        }
      }),
    )
  })

  test('a /8 has 256 of them', () => {
    expect(cutParts(range_('10.0.0.0/8'))).toHaveLength(256)
  })
})

describe('the plan', () => {
  const planned = (text: string, exclusions: [string, Exclusion['reason']][] = []) => {
    const parsed = parseNetwork(text)
    if (!parsed.ok) throw new Error(parsed.error)
    const kept = exclusions.map(([where, reason]) => ({ ...range_(where), reason }))
    return planPart(parsed.value, parsed.value, kept).map(
      (r) => `${formatIp(r.first)}-${formatIp(r.last)}`,
    )
  }

  test('leaves out the network and broadcast address of a prefix', () => {
    expect(planned('192.0.2.0/24')).toEqual(['192.0.2.1-192.0.2.254'])
    expect(planned('192.0.2.0-192.0.2.255')).toEqual(['192.0.2.0-192.0.2.255'])
    expect(planned('192.0.2.0/31')).toEqual(['192.0.2.0-192.0.2.1'])
    expect(planned('192.0.2.0/32')).toEqual(['192.0.2.0-192.0.2.0'])
    expect(planned('192.0.2.0/30')).toEqual(['192.0.2.1-192.0.2.2'])
  })

  test('leaves out never-scan and dhcp, and keeps what is only reserved', () => {
    expect(
      planned('192.0.2.0/28', [
        ['192.0.2.2', 'never-scan'],
        ['192.0.2.4-192.0.2.6', 'dhcp'],
        ['192.0.2.8-192.0.2.9', 'reserved'],
      ]),
    ).toEqual(['192.0.2.1-192.0.2.1', '192.0.2.3-192.0.2.3', '192.0.2.7-192.0.2.14'])
    expect(planned('192.0.2.0/28', [['192.0.0.0/16', 'never-scan']])).toEqual([])
  })

  test('equals the set of addresses that nothing excludes', () => {
    fc.assert(
      fc.property(
        network,
        range,
        fc.array(exclusion, { maxLength: 5 }),
        (whole, part, excluded) => {
          const isEnd = (ip: number) =>
            whole.prefixLength !== undefined &&
            whole.prefixLength < 31 &&
            (ip === whole.first || ip === whole.last)
          const expected = addressesOf(whole).filter(
            (ip) =>
              ip >= part.first &&
              ip <= part.last &&
              !isEnd(ip) &&
              !excluded.some((e) => e.reason !== 'reserved' && ip >= e.first && ip <= e.last),
          )
          const ranges = planPart(whole, part, excluded)
          expect(ranges.flatMap(addressesOf)).toEqual(expected)
          expect(countAddresses(ranges)).toBe(expected.length)
        },
      ),
    )
  })
})

describe('shares', () => {
  test('hold each address once, in sizes that differ by one at most', () => {
    fc.assert(
      fc.property(plan, fc.integer({ min: 1, max: 9 }), (ranges, shares) => {
        const split = splitEvenly(ranges, shares)
        const sizes = split.map(countAddresses)
        expect(split.flat().flatMap(addressesOf)).toEqual(ranges.flatMap(addressesOf))
        expect(split).toHaveLength(Math.min(shares, countAddresses(ranges)))
        expect(
          Math.max(0, ...sizes) - Math.min(...sizes, Math.max(0, ...sizes)),
        ).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('of a /16 are four of 16,384', () => {
    expect(splitEvenly([range_('10.0.0.0/16')], 4).map(countAddresses)).toEqual(
      Array.from({ length: 4 }, () => 16_384),
    )
  })
})

describe('targets', () => {
  test.each([
    ['192.0.2.0-192.0.2.255', ['192.0.2.0/24']],
    ['192.0.2.1-192.0.2.254', undefined],
    ['192.0.2.5-192.0.2.5', ['192.0.2.5/32']],
    ['192.0.2.1-192.0.2.4', ['192.0.2.1/32', '192.0.2.2/31', '192.0.2.4/32']],
    ['255.255.255.254-255.255.255.255', ['255.255.255.254/31']],
    ['0.0.0.0-255.255.255.255', ['0.0.0.0/0']],
  ])('%s becomes %j', (text, expected) => {
    const targets = renderTargets([range_(text)])
    if (expected === undefined) expect(targets).toHaveLength(14)
    else expect(targets).toEqual(expected)
  })

  test('hold exactly the addresses, each once, and no two could be one', () => {
    fc.assert(
      fc.property(plan, (ranges) => {
        const cidrs = renderTargets(ranges).map(range_)
        expect(cidrs.flatMap(addressesOf)).toEqual(ranges.flatMap(addressesOf))
        for (const [index, cidr] of cidrs.entries()) {
          const next = cidrs[index + 1]
          if (next === undefined || sizeOf(next) !== sizeOf(cidr)) continue
          const isPair = next.first === cidr.last + 1 && cidr.first % (2 * sizeOf(cidr)) === 0
          expect(isPair).toBe(false)
          expect(overlaps(cidr, next)).toBe(false)
        }
      }),
    )
  })
})
