import { type Exclusion, isUnswept } from '../address/exclusion.js'
import { formatIp, type Ip, toIp } from '../address/ip.js'
import { isNetworkOrBroadcast, type NetworkRange, type Range, sizeOf } from '../address/network.js'

/** Most addresses of one part; a part is claimed, swept and counted as a whole. */
export const PART_SIZE = 65_536

/**
 * Cuts a network at the multiples of `PART_SIZE`, so that two parts never share a /24 block. The
 * index is the part's number.
 */
export function cutParts(range: Range): Range[] {
  const firstPart = Math.floor(range.first / PART_SIZE)
  const lastPart = Math.floor(range.last / PART_SIZE)
  return Array.from({ length: lastPart - firstPart + 1 }, (_, index) => {
    const start = (firstPart + index) * PART_SIZE
    return {
      first: toIp(Math.max(range.first, start)),
      last: toIp(Math.min(range.last, start + PART_SIZE - 1)),
    }
  })
}

/**
 * What of a part is probed: all but `never-scan`, `dhcp`, and the network and broadcast address of
 * the prefix. Sorted and disjoint.
 */
export function planPart(
  network: NetworkRange,
  part: Range,
  exclusions: readonly Exclusion[],
): Range[] {
  const ends = [network.first, network.last].filter((ip) => isNetworkOrBroadcast(network, ip))
  const holes = [
    ...ends.map((ip) => ({ first: ip, last: ip })),
    ...exclusions.filter((exclusion) => isUnswept(exclusion.reason)),
  ].sort((a, b) => a.first - b.first)
  return subtract(
    { first: max(part.first, network.first), last: min(part.last, network.last) },
    holes,
  )
}

export function countAddresses(ranges: readonly Range[]): number {
  return ranges.reduce((count, range) => count + sizeOf(range), 0)
}

/**
 * Shares addresses out in runs whose sizes differ by one at most; each address is in exactly one.
 * Fewer shares come back where there are fewer addresses.
 */
export function splitEvenly(ranges: readonly Range[], shares: number): Range[][] {
  const total = countAddresses(ranges)
  const count = Math.min(Math.trunc(shares), total)
  const waiting = [...ranges]
  return Array.from({ length: count }, (_, index) => {
    const size = Math.floor((total * (index + 1)) / count) - Math.floor((total * index) / count)
    return takeAddresses(waiting, size)
  })
}

/** The fewest CIDRs that hold exactly these addresses; the ranges are sorted and disjoint. */
export function renderTargets(ranges: readonly Range[]): string[] {
  return joinTouching(ranges).flatMap(toPrefixes)
}

/** The holes are sorted by their first address and may overlap. */
function subtract(whole: Range, holes: readonly Range[]): Range[] {
  const rest: Range[] = []
  let next: number = whole.first
  for (const hole of holes) {
    if (hole.last < next) continue
    if (hole.first > whole.last) break
    if (hole.first > next) rest.push({ first: toIp(next), last: toIp(hole.first - 1) })
    next = hole.last + 1
  }
  if (next <= whole.last) rest.push({ first: toIp(next), last: whole.last })
  return rest
}

/** Takes a number of addresses from the front of `waiting`, and leaves the rest there. */
function takeAddresses(waiting: Range[], size: number): Range[] {
  const taken: Range[] = []
  for (let missing = size; missing > 0; ) {
    const range = waiting.shift()!
    const last = toIp(Math.min(range.last, range.first + missing - 1))
    taken.push({ first: range.first, last })
    if (last < range.last) waiting.unshift({ first: toIp(last + 1), last: range.last })
    missing -= last - range.first + 1
  }
  return taken
}

function joinTouching(ranges: readonly Range[]): Range[] {
  const joined: Range[] = []
  for (const range of ranges) {
    const before = joined.at(-1)
    if (before !== undefined && before.last + 1 === range.first) {
      joined[joined.length - 1] = { first: before.first, last: range.last }
    } else {
      joined.push(range)
    }
  }
  return joined
}

/** From the front, always the largest prefix that begins there and still fits. */
function toPrefixes(range: Range): string[] {
  const prefixes: string[] = []
  for (let first: number = range.first; first <= range.last; ) {
    let bits = 0
    while (bits < 32 && first % 2 ** (bits + 1) === 0 && first + 2 ** (bits + 1) - 1 <= range.last)
      bits++
    prefixes.push(`${formatIp(first)}/${32 - bits}`)
    first += 2 ** bits
  }
  return prefixes
}

function min(a: Ip, b: Ip): Ip {
  return a < b ? a : b
}

function max(a: Ip, b: Ip): Ip {
  return a > b ? a : b
}
