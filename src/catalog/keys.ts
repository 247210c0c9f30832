import { percentActive } from '../core/uptime/counters.js'
import { DAY_MS, SLOT_MS } from '../core/uptime/slot.js'
import { type ColumnKey, type Columns, MISSING, type TextColumn } from './columns.js'
import type { ColumnName, SortBy } from './query.js'
import type { Remembered } from './remembered.js'
import { rankTexts } from './text-ranks.js'

const DAY_SECONDS = DAY_MS / 1_000
const SLOT_SECONDS = SLOT_MS / 1_000
/** The highest number that is not `MISSING`. */
const HIGHEST = MISSING - 1

/** The stored columns that each shown column follows from. */
const SOURCES: Readonly<Record<ColumnName, readonly ColumnKey[]>> = {
  ip: ['ip'],
  hostname: ['hostname'],
  percent_active: ['active', 'total'],
  active: ['active'],
  total: ['total'],
  last_active: ['lastActive'],
  days_offline: ['lastActive'],
  first_seen: ['firstSeen'],
  os: ['os'],
  mac: ['macLow', 'macHigh'],
  status: ['status'],
  owner: ['owner'],
  notes: ['notes'],
  rtt_us: ['rttUs'],
  reply_ttl: ['replyTtl'],
}
const TEXTS: ReadonlySet<ColumnName> = new Set<ColumnName & TextColumn>([
  'hostname',
  'os',
  'status',
  'owner',
  'notes',
])

/** The same name of the same columns is the same order. */
export function nameSort(columns: Columns, sort: readonly SortBy[], now: Date): string {
  return sort
    .map(({ column, descending }) => {
      const when = column === 'days_offline' ? `@${stretchOfTime(columns, now)}` : ''
      return `${descending ? '-' : ''}${column}${when}`
    })
    .join(',')
}

/** Columns of times that were looked through. */
const inSlots = new WeakMap<Uint32Array, boolean>()

/**
 * Within a stretch of time no address becomes a day older: sweeps give times of whole slots, so that is
 * five minutes; anything else is good for a second.
 */
function stretchOfTime({ lastActive }: Columns, now: Date): string {
  const isInSlots =
    inSlots.get(lastActive) ?? lastActive.every((at) => at === MISSING || at % SLOT_SECONDS === 0)
  inSlots.set(lastActive, isInSlots)
  const seconds = isInSlots ? SLOT_SECONDS : 1
  return `${Math.floor(now.getTime() / 1_000 / seconds)}x${seconds}`
}

export function sourcesOf(columns: Columns, sort: readonly SortBy[]): Uint32Array[] {
  return [columns.ip, ...sort.flatMap(({ column }) => SOURCES[column].map((key) => columns[key]))]
}

/** The key columns of a sort, the weightiest last; a missing value's key is the highest either way. */
export function* keysOf(
  columns: Columns,
  sort: readonly SortBy[],
  now: Date,
  remembered: Remembered,
): Generator<void, Uint32Array[], void> {
  const keys: Uint32Array[] = []
  for (const { column, descending } of sort.toReversed()) {
    const rising = yield* risingKeys(columns, column, now, remembered)
    yield
    keys.push(...(descending ? rising.map(turnAround) : rising))
  }
  return keys
}

function* risingKeys(
  columns: Columns,
  column: ColumnName,
  now: Date,
  remembered: Remembered,
): Generator<void, readonly Uint32Array[], void> {
  if (TEXTS.has(column)) return [yield* ranksOf(columns, column as TextColumn, remembered)]
  if (column === 'percent_active') {
    const { active, total } = columns
    return [total.map((all, row) => percentActive(active[row]!, all) ?? MISSING)]
  }
  if (column === 'days_offline') {
    return [columns.lastActive.map((seconds) => daysSince(seconds, now) ?? MISSING)]
  }
  return SOURCES[column].map((key) => columns[key])
}

/** Whole days from a time in seconds since 1970 to now; none where the time is missing. */
export function daysSince(seconds: number, now: Date): number | undefined {
  if (seconds === MISSING) return undefined
  return Math.max(0, Math.floor((now.getTime() / 1_000 - seconds) / DAY_SECONDS))
}

/** Ranks of a text column take long to find, and stay until a text changes. */
function ranksOf(
  columns: Columns,
  column: TextColumn,
  remembered: Remembered,
): Generator<void, Uint32Array, void> {
  const places = columns[column]
  return remembered.workOut(
    'ranks',
    [places],
    () => rankTexts(places, columns.texts),
    (ranks) => ranks.byteLength,
  )
}

function turnAround(keys: Uint32Array): Uint32Array {
  return keys.map((key) => (key === MISSING ? MISSING : HIGHEST - key))
}
