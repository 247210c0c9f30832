import { formatIp, type Ip, type Parsed, parseIp } from '../core/address/ip.js'
import type { Range } from '../core/address/network.js'

/** What one nmap process is asked: its lines, and the same as ranges in ascending order. */
export interface TargetList {
  readonly lines: readonly string[]
  readonly ranges: readonly Range[]
  readonly count: number
}

const CIDR = /^([0-9.]{7,15})\/([0-9]{1,2})$/

/**
 * Reads lists of `a.b.c.d/len` (or `a.b.c.d`), leaves empty lists out, and renders each line again
 * from its numbers. Refused: anything else, an address that is held twice (nmap would count it
 * twice), and lists that do not hold `count` addresses together.
 */
export function readTargets(
  lists: readonly (readonly string[])[],
  count: number,
): Parsed<readonly TargetList[]> {
  const read: TargetList[] = []
  for (const cidrs of lists.filter((list) => list.length > 0)) {
    const list = readList(cidrs)
    if (!list.ok) return list
    read.push(list.value)
  }
  const held = read.reduce((sum, list) => sum + list.count, 0)
  const twice = findHeldTwice(read.flatMap((list) => list.ranges))
  if (twice !== undefined) {
    return { ok: false, error: `${formatIp(twice)} is in the targets twice: give it once` }
  } else if (held !== count) {
    return { ok: false, error: `the targets hold ${held} addresses, not ${count}` }
  } else {
    return { ok: true, value: read }
  }
}

export function isTarget(list: TargetList, ip: Ip): boolean {
  let low = 0
  let high = list.ranges.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const range = list.ranges[middle]!
    if (ip < range.first) high = middle - 1
    else if (ip > range.last) low = middle + 1
    else return true
  }
  return false
}

function readList(cidrs: readonly string[]): Parsed<TargetList> {
  const ranges: Range[] = []
  const lines: string[] = []
  let count = 0
  for (const cidr of cidrs) {
    const [, quad = '', length = ''] = CIDR.exec(cidr.includes('/') ? cidr : `${cidr}/32`) ?? []
    const first = parseIp(quad)
    const size = 2 ** (32 - Number(length))
    if (!first.ok || size < 1 || first.value % size !== 0) {
      return { ok: false, error: `"${cidr}" is not a target: give a CIDR without host bits` }
    }
    ranges.push({ first: first.value, last: (first.value + size - 1) as Ip })
    lines.push(`${formatIp(first.value)}/${Number(length)}`)
    count += size
  }
  return { ok: true, value: { lines, ranges: inOrder(ranges), count } }
}

function findHeldTwice(ranges: readonly Range[]): Ip | undefined {
  const ordered = inOrder(ranges)
  return ordered.find((range, i) => i > 0 && range.first <= ordered[i - 1]!.last)?.first
}

function inOrder(ranges: readonly Range[]): Range[] {
  return [...ranges].sort((a, b) => a.first - b.first)
}
