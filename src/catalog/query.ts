import type { Ip } from '../core/address/ip.js'

export const COLUMN_NAMES = [
  'ip',
  'hostname',
  'percent_active',
  'active',
  'total',
  'last_active',
  'days_offline',
  'first_seen',
  'os',
  'mac',
  'status',
  'owner',
  'notes',
  'rtt_us',
  'reply_ttl',
] as const
export type ColumnName = (typeof COLUMN_NAMES)[number]

export interface SortBy {
  readonly column: ColumnName
  readonly descending: boolean
}

/** Which addresses, in which order, and which stretch of them. */
export interface CatalogQuery {
  /** Undefined: all sites. */
  readonly site?: number
  /** A network's id, or `none` for addresses outside any network. */
  readonly network?: number | 'none'
  /** An RE2 pattern, found in the IP, hostname, OS or notes, in capitals or not. */
  readonly match?: string
  /** By IP where none is given. What is absent comes last either way; equals follow site and IP. */
  readonly sort?: readonly SortBy[]
  readonly offset: number
  readonly limit: number
  /** What days offline are counted to. */
  readonly now: Date
}

/** One address as a list shows it. */
export interface CatalogRow {
  readonly siteId: number
  readonly ip: Ip
  readonly networkId: number | undefined
  readonly hostname: string | undefined
  readonly os: string | undefined
  /** 48 bits. */
  readonly mac: number | undefined
  readonly status: string
  readonly owner: string
  readonly notes: string
  readonly firstSeen: Date | undefined
  readonly lastActive: Date | undefined
  readonly active: number
  readonly total: number
  readonly percentActive: number | undefined
  readonly daysOffline: number | undefined
  readonly rttUs: number | undefined
  readonly replyTtl: number | undefined
}

export interface CatalogPage {
  readonly rows: readonly CatalogRow[]
  /** How many addresses the query leaves, on all its pages. */
  readonly matched: number
  /** How many addresses there are, in the query's site or in all. */
  readonly total: number
  /** When the last counted sweep that is in here was finished. */
  readonly asOf: Date | undefined
}
