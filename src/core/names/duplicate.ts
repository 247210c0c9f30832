import { cite } from '../address/cite.js'
import type { Parsed } from '../address/ip.js'
import { formatMac, parseMac } from '../address/mac.js'
import { foldName, NAME_CHARACTERS } from './hostname.js'

/**
 * `both-at-once`: two hosts, or one with two interfaces nobody listed, under one name. `moved`: never
 * together, so that all addresses but one are left behind. `multi-homed`: one host, known to be so.
 */
export const DUPLICATE_KINDS = ['both-at-once', 'moved', 'multi-homed'] as const
export type DuplicateKind = (typeof DUPLICATE_KINDS)[number]

/** One address of a group. */
export interface Holder {
  readonly ip: number
  readonly mac: number | undefined
  /** Since when it has been there under this name (or MAC). */
  readonly since: Date
  readonly lastActive: Date | undefined
}

/** Two holders, and the time in which both can have been there: from the newer's beginning. */
export interface Overlap {
  readonly a: number
  readonly b: number
  readonly from: Date
  readonly to: Date
  /** Both answered last in the same sweep: no presence needs to be read. */
  readonly isCertain: boolean
}

const PAIRS_AT_MOST = 64

/** The pairs that may have been there together, the surest first; where there are none, nobody was. */
export function findOverlaps(holders: readonly Holder[]): Overlap[] {
  const pairs: Overlap[] = []
  for (const [index, a] of holders.entries()) {
    for (const b of holders.slice(index + 1)) {
      const overlap = overlapOf(a, b)
      if (overlap !== undefined) pairs.push(overlap)
    }
    if (pairs.some(({ isCertain }) => isCertain) || pairs.length >= PAIRS_AT_MOST) break
  }
  return pairs.sort((a, b) => Number(b.isCertain) - Number(a.isCertain)).slice(0, PAIRS_AT_MOST)
}

/** What a group with one name is. */
export function judgeName(
  holders: readonly Holder[],
  wereTogether: boolean,
  isExpected: boolean,
): DuplicateKind {
  if (isExpected) return 'multi-homed'
  if (!wereTogether) return 'moved'
  const [first] = holders
  const isOneHost = first?.mac !== undefined && holders.every(({ mac }) => mac === first.mac)
  return isOneHost ? 'multi-homed' : 'both-at-once'
}

/** What a group with one MAC is: an interface with several addresses, or one that changed its own. */
export function judgeMac(wereTogether: boolean, isExpected: boolean): DuplicateKind {
  return wereTogether || isExpected ? 'multi-homed' : 'moved'
}

/** The one that was there last; the others of a moved group are left behind. */
export function currentOf<H extends Holder>(holders: readonly H[]): H | undefined {
  return holders.reduce<H | undefined>(
    (latest, holder) =>
      latest === undefined || timeOf(holder.lastActive) > timeOf(latest.lastActive)
        ? holder
        : latest,
    undefined,
  )
}

/** What an administrator expects on several addresses: a MAC, or a name as groups are called by it. */
export function parseShared(text: string): Parsed<string> {
  const mac = parseMac(text)
  // Twelve hexadecimal digits alone are as good a name.
  if (mac.ok && text.includes(':')) return { ok: true, value: formatMac(mac.value) }
  const name = foldName(text.trim())
  return /^[a-z0-9._\\-]+$/.test(name) && name.length <= NAME_CHARACTERS
    ? { ok: true, value: name }
    : {
        ok: false,
        error: `${cite(text)} is neither a name nor a MAC: write it as the report shows it`,
      }
}

function overlapOf(a: Holder, b: Holder): Overlap | undefined {
  if (a.lastActive === undefined || b.lastActive === undefined) return undefined
  const from = a.since > b.since ? a.since : b.since
  const to = a.lastActive < b.lastActive ? a.lastActive : b.lastActive
  if (to < from) return undefined
  const isCertain = a.lastActive.getTime() === b.lastActive.getTime()
  return { a: a.ip, b: b.ip, from, to, isCertain }
}

function timeOf(instant: Date | undefined): number {
  return instant?.getTime() ?? 0
}
