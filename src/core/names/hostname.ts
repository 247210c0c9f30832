import { formatIp } from '../address/ip.js'

/** What the column takes. */
export const NAME_CHARACTERS = 255

const ESCAPE = /\\[0-9]{3}|[\s\S]/g
const GENERIC_LISTED = 100

/**
 * The labels of a name, each as the bytes that came off the wire, as one line of at most 255 printable
 * characters: whatever is no letter, digit, `-`, `_` becomes `\DDD` (decimal), also a dot inside a label.
 */
export function cleanLabels(labels: readonly Uint8Array[]): string {
  const name = labels.map(cleanLabel).join('.')
  return name.length <= NAME_CHARACTERS ? name : cutName(name)
}

/** One label, or a NetBIOS name. */
export function cleanLabel(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) =>
    isPlain(byte) ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`,
  ).join('')
}

/** How two names are compared: DNS knows no difference between `A` and `a`, and none between others. */
export function foldName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/** Whether a name says no more than the address or a pool does. */
export type IsGeneric = (name: string, ip: number) => boolean

/**
 * Reads a list such as `{ip}, dhcp-*`: in a pattern `*` stands for any characters, `?` for one, and
 * `{ip}` alone for every name that holds the address itself, in one of the usual ways.
 */
export function readGenericPatterns(list: string): IsGeneric {
  const words = list
    .split(/[\s,]+/)
    .filter((word) => word !== '')
    .slice(0, GENERIC_LISTED)
  const patterns = words.filter((word) => word !== '{ip}').map(foldName)
  const holdsIp = words.includes('{ip}')
  return (name, ip) => {
    const folded = foldName(name)
    return (
      (holdsIp && namesAddress(folded, ip)) || patterns.some((pattern) => fits(folded, pattern))
    )
  }
}

/** `ip-10-0-0-7`, `7.0.0.10.pool`, `host010000000007`, `h0a000007`: both ways round. */
export function namesAddress(folded: string, ip: number): boolean {
  const octets = formatIp(ip).split('.')
  const orders = [octets, octets.toReversed()]
  const isWithin = (text: string) => standsAlone(folded, text, /[0-9]/)
  const isPlainForm = orders.some((order) =>
    ['.', '-', '_'].some((joint) => isWithin(order.join(joint))),
  )
  const padded = orders.map((order) => order.map((octet) => octet.padStart(3, '0')))
  const isPadded = padded.some((order) =>
    ['', '.', '-', '_'].some((joint) => isWithin(order.join(joint))),
  )
  return isPlainForm || isPadded || standsAlone(folded, hexOf(ip), /[0-9a-f]/)
}

function hexOf(ip: number): string {
  return ip.toString(16).padStart(8, '0')
}

/** Found with nothing of its own kind beside it: 10-0-0-1 is not in 110-0-0-1. */
function standsAlone(name: string, text: string, kind: RegExp): boolean {
  for (let at = name.indexOf(text); at >= 0; at = name.indexOf(text, at + 1)) {
    const before = name[at - 1] ?? ''
    const after = name[at + text.length] ?? ''
    if (!kind.test(before) && !kind.test(after)) return true
  }
  return false
}

/** Greedy with one step back, so that no pattern costs more than its length times the name's. */
function fits(name: string, pattern: string): boolean {
  let at = 0
  let star = -1
  let resume = 0
  for (let place = 0; place < name.length; ) {
    const wanted = pattern[at]
    if (wanted === '*') {
      star = at++
      resume = place
    } else if (wanted !== undefined && (wanted === '?' || wanted === name[place])) {
      at++
      place++
    } else if (star >= 0) {
      at = star + 1
      place = ++resume
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}

/** Whole escapes only. */
function cutName(name: string): string {
  let cut = ''
  for (const [piece] of name.matchAll(ESCAPE)) {
    if (cut.length + piece.length > NAME_CHARACTERS) break
    cut += piece
  }
  return cut
}

function isPlain(byte: number): boolean {
  const isDigit = byte >= 0x30 && byte <= 0x39
  const isLetter = (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a)
  return isDigit || isLetter || byte === 0x2d || byte === 0x5f
}
