import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatIp, parseIp, toIp } from '../../../src/core/address/ip.js'
import {
  contains,
  formatNetwork,
  formatRange,
  isNetworkOrBroadcast,
  overlaps,
  parseNetwork,
  parseRange,
  sizeOf,
} from '../../../src/core/address/network.js'

describe('a network is taken as', () => {
  test.each([
    ['192.0.2.0/24', '192.0.2.0', '192.0.2.255', 24],
    ['192.0.2.0/255.255.255.0', '192.0.2.0', '192.0.2.255', 24],
    ['192.0.2.10-192.0.2.99', '192.0.2.10', '192.0.2.99', undefined],
    ['192.0.2.10 - 192.0.2.99', '192.0.2.10', '192.0.2.99', undefined],
    ['192.0.2.0-192.0.2.255', '192.0.2.0', '192.0.2.255', undefined],
    [' 192.0.2.0/24 ', '192.0.2.0', '192.0.2.255', 24],
    ['192.0.2.0 / 24', '192.0.2.0', '192.0.2.255', 24],
    ['192.0.2.7', '192.0.2.7', '192.0.2.7', 32],
    ['192.0.2.7/32', '192.0.2.7', '192.0.2.7', 32],
    ['192.0.2.7-192.0.2.7', '192.0.2.7', '192.0.2.7', 32],
    ['192.0.2.6/31', '192.0.2.6', '192.0.2.7', 31],
    ['192.0.2.7/255.255.255.255', '192.0.2.7', '192.0.2.7', 32],
    ['10.0.0.0/8', '10.0.0.0', '10.255.255.255', 8],
    ['10.0.0.0/255.0.0.0', '10.0.0.0', '10.255.255.255', 8],
    ['10.0.0.0-10.255.255.255', '10.0.0.0', '10.255.255.255', undefined],
    ['127.0.0.0/28', '127.0.0.0', '127.0.0.15', 28],
    ['223.255.255.0/24', '223.255.255.0', '223.255.255.255', 24],
    ['1.0.0.0/8', '1.0.0.0', '1.255.255.255', 8],
  ])('%s', (text, first, last, prefixLength) => {
    const parsed = parseNetwork(text)
    if (!parsed.ok) throw new Error(parsed.error)
    expect([formatIp(parsed.value.first), formatIp(parsed.value.last)]).toEqual([first, last])
    expect(parsed.value.prefixLength).toBe(prefixLength)
  })
})

describe('a network is refused, with the input and the mend:', () => {
  test.each([
    ['', /"" is not a network: write one such as 192\.0\.2\.0\/24/],
    ['   ', /is not a network: write one such as/],
    ['010.0.0.1', /"010\.0\.0\.1".*without leading zeros/],
    ['010.0.0.0/8', /"010\.0\.0\.0".*without leading zeros/],
    ['10.1', /"10\.1".*four numbers/],
    ['10.1/16', /"10\.1".*four numbers/],
    ['10.0.0.256', /four numbers from 0 to 255/],
    ['10.0.0.0.0/8', /four numbers/],
    ['0x0a.0.0.1', /four numbers/],
    ['167772161', /four numbers/],
    ['office.example', /four numbers/],
    ['fe80::/64', /"fe80::\/64" is not IPv4/],
    ['::ffff:10.0.0.1', /is not IPv4/],
    ['192.0.2.5/24', /"192\.0\.2\.5\/24".*192\.0\.2\.0\/24 .* or 192\.0\.2\.5\/32/],
    ['192.0.2.5/255.255.255.0', /write 192\.0\.2\.0\/24/],
    [
      '192.0.2.0/255.0.255.0',
      /mask with holes, 255\.0\.255\.0: write one such as 255\.255\.255\.0/,
    ],
    ['192.0.2.0/255.255.255.1', /mask with holes/],
    ['192.0.2.0/0.0.0.255', /wildcard instead of a mask: write \/24/],
    ['192.0.2.0/255.255.255', /"255\.255\.255" is not an IPv4 address/],
    ['192.0.2.0/33', /prefix length "33": write one from 8 to 32/],
    ['192.0.2.0/024', /prefix length "024"/],
    ['192.0.2.0/-1', /prefix length "-1"/],
    ['192.0.2.0/', /prefix length ""/],
    ['192.0.2.0/24/24', /more than one "\/"/],
    ['192.0.2.10-99', /shortened end: write 192\.0\.2\.10-192\.0\.2\.99/],
    ['192.0.2.99-192.0.2.10', /ends before it begins: write 192\.0\.2\.10-192\.0\.2\.99/],
    ['192.0.2.1-192.0.2.9-192.0.2.10', /more than one "-"/],
    ['10.0.0.0/7', /larger than a \/8/],
    ['0.0.0.0/0', /larger than a \/8/],
    ['10.0.0.0/0.0.0.0', /larger than a \/8/],
    ['10.0.0.0-11.0.0.0', /larger than a \/8/],
    ['0.0.0.0/8', /0\.0\.0\.0\/8/],
    ['0.0.0.5', /0\.0\.0\.0\/8/],
    ['224.0.0.0/24', /224\.0\.0\.0\/4, which is multicast/],
    ['239.255.255.255', /multicast/],
    ['223.255.255.0-224.0.0.5', /multicast/],
    ['240.0.0.0/8', /240\.0\.0\.0\/4, which is reserved/],
    ['255.255.255.255', /reserved/],
    [`192.0.2.0/24${' '.repeat(3)}\u001b[2J`, /is not a network/],
    ['1'.repeat(5_000), /^"1{60}\.\.\." is not a network/],
  ])('%j', (text, error) => {
    const parsed = parseNetwork(text)
    expect(parsed.ok).toBe(false)
    if (!parsed.ok) {
      expect(parsed.error).toMatch(error)
      expect(parsed.error).not.toMatch(/[\u0000-\u001f]/)
    }
  })
})

test('what an error offers instead is itself taken', () => {
  for (const text of [
    '192.0.2.5/24',
    '10.9.8.7/255.255.0.0',
    '192.0.2.10-99',
    '10.0.0.9-10.0.0.1',
  ]) {
    const parsed = parseNetwork(text)
    const offered = parsed.ok ? undefined : /write (\S+)/.exec(parsed.error)?.[1]
    expect(parseNetwork(offered ?? '').ok, `${text} -> ${offered}`).toBe(true)
  }
})

test('an exclusion may lie where no network may', () => {
  expect(parseRange('224.0.0.0/8').ok).toBe(true)
  expect(parseRange('0.0.0.0-255.255.255.255').ok).toBe(true)
})

test('a network is written as it was given', () => {
  const written = ['192.0.2.0/24', '192.0.2.7/32', '192.0.2.10-192.0.2.99', '10.0.0.0-10.0.0.255']
  for (const text of written) {
    const parsed = parseNetwork(text)
    expect(parsed.ok && formatNetwork(parsed.value)).toBe(text)
  }
})

test.each([
  ['192.0.2.7-192.0.2.7', '192.0.2.7'],
  ['192.0.2.0-192.0.2.255', '192.0.2.0/24'],
  ['192.0.2.1-192.0.2.4', '192.0.2.1-192.0.2.4'],
  ['192.0.2.4-192.0.2.7', '192.0.2.4/30'],
  ['192.0.2.4-192.0.2.9', '192.0.2.4-192.0.2.9'],
  ['0.0.0.0-255.255.255.255', '0.0.0.0/0'],
])('the range %s is written shortest as %s', (text, short) => {
  const parsed = parseRange(text)
  expect(parsed.ok && formatRange(parsed.value)).toBe(short)
})

test('sizes, overlaps and membership agree with the numbers themselves', () => {
  const ip = fc.integer({ min: 0, max: 2 ** 32 - 1 })
  fc.assert(
    fc.property(ip, ip, ip, ip, ip, (a, b, c, d, e) => {
      const left = { first: toIp(Math.min(a, b)), last: toIp(Math.max(a, b)) }
      const right = { first: toIp(Math.min(c, d)), last: toIp(Math.max(c, d)) }
      expect(sizeOf(left)).toBe(Math.abs(a - b) + 1)
      expect(contains(left, e)).toBe(e >= left.first && e <= left.last)
      expect(overlaps(left, right)).toBe(!(left.last < right.first || right.last < left.first))
    }),
  )
})

test('every prefix is read back from what it is written as, with the mask too', () => {
  const prefix = fc.tuple(
    fc.integer({ min: 1, max: 223 }),
    fc.integer({ min: 8, max: 32 }),
    fc.nat(0xffffff),
  )
  fc.assert(
    fc.property(prefix, ([top, length, rest]) => {
      const size = 2 ** (32 - length)
      const first = Math.floor((top * 2 ** 24 + rest) / size) * size
      const text = `${formatIp(first)}/${length}`
      const mask = formatIp(2 ** 32 - size)
      const parsed = parseNetwork(text)
      expect(parsed.ok && formatNetwork(parsed.value)).toBe(text)
      expect(parseNetwork(`${formatIp(first)}/${mask}`)).toEqual(parsed)
    }),
  )
})

test('only a prefix shorter than /31 has a network and a broadcast address', () => {
  const isEnd = (text: string, ip: string) => {
    const network = parseNetwork(text)
    const address = parseIp(ip)
    if (!network.ok || !address.ok) throw new Error(text)
    return isNetworkOrBroadcast(network.value, address.value)
  }
  expect(isEnd('192.0.2.0/24', '192.0.2.0')).toBe(true)
  expect(isEnd('192.0.2.0/24', '192.0.2.255')).toBe(true)
  expect(isEnd('192.0.2.0/24', '192.0.2.1')).toBe(false)
  expect(isEnd('192.0.2.0/31', '192.0.2.0')).toBe(false)
  expect(isEnd('192.0.2.0/32', '192.0.2.0')).toBe(false)
  expect(isEnd('192.0.2.0-192.0.2.255', '192.0.2.0')).toBe(false)
})
