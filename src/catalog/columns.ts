import type { Range } from '../core/address/network.js'
import type { Texts } from './texts.js'

/** Stands for what is absent, in columns of numbers. */
export const MISSING = 0xffffffff
/** A MAC is kept in two halves of 24 bits, so that neither looks like what is missing. */
export const MAC_HALF = 2 ** 24

/** Columns that only who an address is decides; texts are places among all texts. */
export const IDENTITY_COLUMNS = [
  'siteId',
  'ip',
  'hostname',
  'os',
  'status',
  'owner',
  'notes',
  'macHigh',
  'macLow',
  'firstSeen',
] as const
/** Columns that every sweep moves. */
export const STATE_COLUMNS = ['active', 'total', 'lastActive', 'rttUs', 'replyTtl'] as const
export const ALL_COLUMNS = [...IDENTITY_COLUMNS, ...STATE_COLUMNS] as const

export type StateColumn = (typeof STATE_COLUMNS)[number]
export type ColumnKey = (typeof ALL_COLUMNS)[number]
export type TextColumn = 'hostname' | 'os' | 'status' | 'owner' | 'notes'

/**
 * The address table by columns, rows rising by site and IP. Never changed: what is new makes new
 * columns that share the unchanged ones, so a question sees one moment however long it takes. Times in
 * seconds since 1970.
 */
export type Columns = Readonly<Record<ColumnKey, Uint32Array>> & {
  readonly size: number
  readonly texts: Texts
}

/** Some rows: from one to before another. */
export interface Stretch {
  readonly from: number
  readonly to: number
}

/** The rows of a range of one site. */
export function stretchOf(columns: Columns, siteId: number, range: Range): Stretch {
  const from = findPlace(columns, siteId, range.first)
  const to = findPlace(columns, siteId, range.last)
  return { from, to: hasKey(columns, to, siteId, range.last) ? to + 1 : to }
}

/** The row of an address; undefined where it has none. */
export function findRow(columns: Columns, siteId: number, ip: number): number | undefined {
  const row = findPlace(columns, siteId, ip)
  return hasKey(columns, row, siteId, ip) ? row : undefined
}

/** The first row from `from` on that does not come before an address. */
export function findPlace(columns: Columns, siteId: number, ip: number, from = 0): number {
  let low = from
  let high = columns.size
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(columns, middle, siteId, ip)) low = middle + 1
    else high = middle
  }
  return low
}

export function hasKey(columns: Columns, row: number, siteId: number, ip: number): boolean {
  return row < columns.size && columns.siteId[row] === siteId && columns.ip[row] === ip
}

function isBefore(columns: Columns, row: number, siteId: number, ip: number): boolean {
  const site = columns.siteId[row]!
  return site < siteId || (site === siteId && columns.ip[row]! < ip)
}
