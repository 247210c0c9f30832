import { cite } from './cite.js'
import { formatIp, type Ip, LAST_IP, type Parsed, parseIp, toIp } from './ip.js'

/** Both ends inclusive. */
export interface Range {
  readonly first: Ip
  readonly last: Ip
}

/** A range as an administrator wrote it: with a prefix length where it is one. */
export interface NetworkRange extends Range {
  readonly prefixLength: number | undefined
}

export const ALL_ADDRESSES: Range = { first: toIp(0), last: LAST_IP }

const SHORTEST_PREFIX = 8
const LONGEST_INPUT = 40
const TOO_LARGE = `is larger than a /${SHORTEST_PREFIX}: give the parts that are in use, each at most a /${SHORTEST_PREFIX}`
/** Ranges in which no single host can be asked (RFC 6890); loopback can. */
const UNWATCHABLE = [
  { first: toIp(0), last: toIp(0x00ffffff), what: '0.0.0.0/8, which names "this network"' },
  { first: toIp(0xe0000000), last: toIp(0xefffffff), what: '224.0.0.0/4, which is multicast' },
  { first: toIp(0xf0000000), last: LAST_IP, what: '240.0.0.0/4, which is reserved' },
] as const

/**
 * A network to watch: `192.0.2.0/24`, `192.0.2.0/255.255.255.0`, `192.0.2.10-192.0.2.99` or one
 * address. Only what was written as a prefix has a network and a broadcast address.
 */
export function parseNetwork(text: string): Parsed<NetworkRange> {
  const parsed = parseRange(text)
  if (!parsed.ok) return parsed
  const range = parsed.value
  if (sizeOf(range) > 2 ** (32 - SHORTEST_PREFIX)) return refuse(text, TOO_LARGE)
  const unwatchable = UNWATCHABLE.find((reserved) => overlaps(reserved, range))
  return unwatchable === undefined
    ? parsed
    : refuse(text, `lies in ${unwatchable.what}: give a range that hosts can have`)
}

/** Any range of addresses, in the same four ways; an exclusion may lie anywhere. */
export function parseRange(text: string): Parsed<NetworkRange> {
  const input = text.trim()
  if (input.includes(':')) return refuse(text, 'is not IPv4: ipspace watches IPv4 addresses')
  if (input === '' || input.length > LONGEST_INPUT || /[^\x20-\x7e]/.test(input)) {
    return refuse(text, 'is not a network: write one such as 192.0.2.0/24 or 192.0.2.10-192.0.2.99')
  }
  if (input.includes('/')) return parsePrefix(input)
  if (input.includes('-')) return parseEnds(input)
  const address = parseIp(input)
  return address.ok ? rangeOf(address.value, address.value, 32) : address
}

/** `192.0.2.0/24`, or both ends where it was not written as a prefix. */
export function formatNetwork(range: NetworkRange): string {
  return range.prefixLength === undefined
    ? `${formatIp(range.first)}-${formatIp(range.last)}`
    : `${formatIp(range.first)}/${range.prefixLength}`
}

/** The shortest way to write a range: an address, a prefix where it is one, or both ends. */
export function formatRange(range: Range): string {
  if (range.first === range.last) return formatIp(range.first)
  const prefixLength = 32 - Math.log2(sizeOf(range))
  const isPrefix = Number.isInteger(prefixLength) && range.first % sizeOf(range) === 0
  return formatNetwork({ ...range, prefixLength: isPrefix ? prefixLength : undefined })
}

export function sizeOf(range: Range): number {
  return range.last - range.first + 1
}

export function overlaps(a: Range, b: Range): boolean {
  return a.first <= b.last && b.first <= a.last
}

export function contains(range: Range, ip: number): boolean {
  return ip >= range.first && ip <= range.last
}

/** True for the addresses of a prefix that no host may have; a /31 and a /32 have none (RFC 3021). */
export function isNetworkOrBroadcast(network: NetworkRange, ip: number): boolean {
  const hasThem = network.prefixLength !== undefined && network.prefixLength < 31
  return hasThem && (ip === network.first || ip === network.last)
}

function parsePrefix(input: string): Parsed<NetworkRange> {
  const [left = '', right = '', ...more] = input.split('/').map((part) => part.trim())
  if (more.length > 0) return refuse(input, 'has more than one "/": write it as 192.0.2.0/24')
  const address = parseIp(left)
  if (!address.ok) return address
  const prefix = right.includes('.') ? parseMask(input, right) : parsePrefixLength(input, right)
  if (!prefix.ok) return prefix
  if (prefix.value < SHORTEST_PREFIX) return refuse(input, TOO_LARGE)
  const size = 2 ** (32 - prefix.value)
  const first = Math.floor(address.value / size) * size
  return first === address.value
    ? rangeOf(first, first + size - 1, prefix.value)
    : refuse(
        input,
        `has bits set behind its prefix: write ${formatIp(first)}/${prefix.value} for the network or ${left}/32 for the one address`,
      )
}

function parsePrefixLength(input: string, text: string): Parsed<number> {
  return /^(0|[1-9][0-9]?)$/.test(text) && Number(text) <= 32
    ? { ok: true, value: Number(text) }
    : refuse(input, `has the prefix length ${cite(text)}: write one from 8 to 32, such as /24`)
}

function parseMask(input: string, text: string): Parsed<number> {
  const mask = parseIp(text)
  if (!mask.ok) return mask
  const hostBits = LAST_IP - mask.value
  const prefixLength = 32 - Math.log2(hostBits + 1)
  if (Number.isInteger(prefixLength)) return { ok: true, value: prefixLength }
  const wildcardLength = 32 - Math.log2(mask.value + 1)
  return Number.isInteger(wildcardLength)
    ? refuse(input, `has a wildcard instead of a mask: write /${wildcardLength}`)
    : refuse(
        input,
        `has a mask with holes, ${text}: write one such as 255.255.255.0, or a prefix length`,
      )
}

function parseEnds(input: string): Parsed<NetworkRange> {
  const [left = '', right = '', ...more] = input.split('-').map((part) => part.trim())
  if (more.length > 0) return refuse(input, 'has more than one "-": write the first and the last')
  const first = parseIp(left)
  if (!first.ok) return first
  if (/^[0-9]{1,3}$/.test(right)) {
    const whole = `${left.slice(0, left.lastIndexOf('.'))}.${Number(right)}`
    return refuse(input, `has a shortened end: write ${left}-${whole}`)
  }
  const last = parseIp(right)
  if (!last.ok) return last
  if (first.value > last.value) {
    return refuse(input, `ends before it begins: write ${right}-${left}`)
  }
  return rangeOf(first.value, last.value, first.value === last.value ? 32 : undefined)
}

function rangeOf(
  first: number,
  last: number,
  prefixLength: number | undefined,
): Parsed<NetworkRange> {
  return { ok: true, value: { first: toIp(first), last: toIp(last), prefixLength } }
}

function refuse(input: string, why: string): { readonly ok: false; readonly error: string } {
  return { ok: false, error: `${cite(input)} ${why}` }
}
