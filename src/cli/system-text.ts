import type { Ip } from '../core/address/ip.js'
import { formatMac, isLocallyAdministered } from '../core/address/mac.js'
import type { AddressKey } from '../store/counters.js'
import { type FragileMark, listMarksOf } from '../store/fragile-marks.js'
import type { Db } from '../store/pool.js'
import { readSystem, type System } from '../store/systems.js'

/** An address's hardware and operating system, with the marks that may keep it from being asked. */
export interface SystemFacts {
  readonly system: System
  readonly marks: readonly FragileMark[]
}

/** Undefined where the address has no row of its own. */
export async function readSystemFacts(
  db: Db,
  key: AddressKey & { readonly ip: Ip },
): Promise<SystemFacts | undefined> {
  const system = await readSystem(db, key)
  if (system === undefined) return undefined
  return { system, marks: await listMarksOf(db, key, system) }
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
    ['fragile', describeMarks(facts)],
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

function describeMarks({ marks }: SystemFacts): string | undefined {
  const by = marks.map((mark) => mark.by).join(', ')
  return by === '' ? undefined : `by ${by}: not asked for its operating system`
}

function formatDate(instant: Date): string {
  return instant.toISOString().slice(0, 10)
}
