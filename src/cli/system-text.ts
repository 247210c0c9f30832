import type { Ip } from '../core/address/ip.js'
import { formatMac, isLocallyAdministered } from '../core/address/mac.js'
import { contains, formatRange } from '../core/address/network.js'
import type { AddressKey } from '../store/counters.js'
import {
  type FragileRange,
  type FragileVendor,
  listFragileRanges,
  listFragileVendors,
} from '../store/fragile.js'
import type { Db } from '../store/pool.js'
import { readSystem, type System } from '../store/systems.js'

/** An address's hardware and operating system, with the marks that may keep it from being asked. */
export interface SystemFacts {
  readonly ip: Ip
  readonly system: System
  readonly fragileRanges: readonly FragileRange[]
  readonly fragileVendors: readonly FragileVendor[]
}

/** Undefined where the address has no row of its own. */
export async function readSystemFacts(
  db: Db,
  key: AddressKey & { readonly ip: Ip },
): Promise<SystemFacts | undefined> {
  const system = await readSystem(db, key)
  if (system === undefined) return undefined
  const [fragileRanges, fragileVendors] = await Promise.all([
    listFragileRanges(db, key.siteId),
    listFragileVendors(db),
  ])
  return { ip: key.ip, system, fragileRanges, fragileVendors }
}

/** Labels and values, as `ipspace address` lists them; what is undefined is left out. */
export function describeSystem(facts: SystemFacts): [string, string | undefined][] {
  const { system } = facts
  return [
    ['mac', describeMac(system)],
    ['os', describeOs(system)],
    ['cpe', system.cpe],
    ['type', system.type],
    ['os asked', describeAsking(system)],
    ['fragile', describeMark(facts)],
  ]
}

function describeMac({ mac, vendor }: System): string | undefined {
  if (mac === undefined) return undefined
  const local = isLocallyAdministered(mac) ? 'locally administered' : undefined
  const notes = [...new Set([vendor, local].filter((note) => note !== undefined))]
  return notes.length === 0 ? formatMac(mac) : `${formatMac(mac)} (${notes.join(', ')})`
}

function describeOs({ os, accuracy, family }: System): string | undefined {
  if (os === undefined) return undefined
  const notes = [family, accuracy === undefined ? undefined : `${accuracy} % sure`]
  const known = notes.filter((note) => note !== undefined)
  return known.length === 0 ? os : `${os} (${known.join(', ')})`
}

function describeAsking({ state, askedAt, toldAt, dueAt }: System): string | undefined {
  if (askedAt === undefined) return dueAt === undefined ? undefined : 'not yet'
  const result = {
    waiting: 'it did not answer',
    known: 'recognised',
    'could-not-tell': 'nmap could not tell',
    failed: 'the asking failed',
  }[state]
  const before = state !== 'known' && toldAt ? `; recognised ${formatDate(toldAt)}` : ''
  const next = dueAt === undefined ? '' : `; not again before ${formatDate(dueAt)}`
  return `${formatDate(askedAt)}: ${result}${before}${next}`
}

function describeMark({ ip, system, ...marks }: SystemFacts): string | undefined {
  const vendor = system.vendor?.toLowerCase() ?? ''
  const by = [
    ...(system.isFragile ? ['its own mark'] : []),
    ...marks.fragileRanges.filter((range) => contains(range, ip)).map(formatRange),
    ...marks.fragileVendors
      .filter((mark) => vendor.includes(mark.vendor.toLowerCase()))
      .map((mark) => `the vendor "${mark.vendor}"`),
  ]
  return by.length === 0 ? undefined : `by ${by.join(', ')}: not asked for its operating system`
}

function formatDate(instant: Date): string {
  return instant.toISOString().slice(0, 10)
}
