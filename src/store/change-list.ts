import { type Ip, toIp } from '../core/address/ip.js'
import { type HeldChange, type Period, wasHeldIn } from '../core/names/holding.js'
import type { ChangeField, ChangeSource } from './address-changes.js'
import type { AddressKey } from './counters.js'
import type { Db } from './pool.js'

const IDS_AT_ONCE = 1_000
const SCANNED_AT_ONCE = 20_000
const HISTORY_AT_MOST = 10_000
/** So few that matching them keeps nobody else waiting. */
const SEARCHED_AT_ONCE = 2_000
const SEARCHED_AT_MOST = 100_000

/** One change of an address's name, system or MAC, with when its two values were held. */
export interface Change extends HeldChange {
  readonly id: number
  readonly siteId: number
  readonly ip: Ip
  readonly field: ChangeField
  readonly source: ChangeSource
  /** When the old value was last heard. */
  readonly oldLastConfirmedAt: Date | undefined
}

export interface ChangeFilter extends Period {
  readonly siteId?: number | undefined
  readonly field?: ChangeField | undefined
}

/** Where a page of changes ends and the next, of older ones, begins. */
export interface ChangePlace {
  readonly changedAt: Date
  readonly id: number
}

const NEWEST: ChangePlace = {
  changedAt: new Date('9999-12-31T00:00:00Z'),
  id: Number.MAX_SAFE_INTEGER,
}

/** The changes of a period, the newest first; only those older than a place, where one is given. */
export async function listChanges(
  db: Db,
  { siteId, field, since, until }: ChangeFilter,
  atMost: number,
  before = NEWEST,
): Promise<Change[]> {
  const last = until !== undefined && until < before.changedAt ? until : before.changedAt
  const rows = await db.query<ChangeRow>(
    `${SELECT_CHANGE}
     WHERE c.changed_at BETWEEN ? AND ? AND (c.changed_at < ? OR c.id < ?)
       AND (? IS NULL OR c.site_id = ?) AND (? IS NULL OR c.field = ?)
     ORDER BY c.changed_at DESC, c.id DESC LIMIT ${Math.trunc(atMost)}`,
    [
      ...[since ?? new Date(0), last, before.changedAt, before.id],
      ...[siteId ?? null, siteId ?? null],
      ...[field ?? null, field ?? null],
    ],
  )
  return rows.map(toChange)
}

/** How many names, systems and MACs changed since an instant. */
export async function countChanges(
  db: Db,
  since: Date,
  siteId?: number,
): Promise<Record<ChangeField, number>> {
  const rows = await db.query<{ field: ChangeField; changes: number }>(
    `SELECT field, COUNT(*) AS changes FROM address_change
     WHERE changed_at >= ? AND (? IS NULL OR site_id = ?) GROUP BY field`,
    [since, siteId ?? null, siteId ?? null],
  )
  const counted = Object.fromEntries(rows.map(({ field, changes }) => [field, changes]))
  return { hostname: 0, os: 0, mac: 0, ...counted }
}

/** What one stretch of a search came to. */
export interface ChangeStretch {
  readonly changes: readonly Change[]
  /** Where it stopped; undefined where there is nothing older. */
  readonly next: ChangePlace | undefined
}

/**
 * Looks through some ten thousand changes from a place on, the newest first, for those of which the old
 * or the new value fits and was held in the period, also where it began before or ended after.
 */
export async function searchChanges(
  db: Db,
  filter: ChangeFilter,
  fits: (value: string) => boolean,
  atMost: number,
  from = NEWEST,
): Promise<ChangeStretch> {
  const { siteId, field } = filter
  const changes: Change[] = []
  let before = from
  for (let scanned = 0; scanned < SEARCHED_AT_MOST; scanned += SEARCHED_AT_ONCE) {
    const rows = await db.query<SearchRow>(
      `SELECT c.id, c.changed_at, c.old, c.\`new\` FROM address_change c
       WHERE c.changed_at <= ? AND (c.changed_at < ? OR c.id < ?)
         AND (? IS NULL OR c.site_id = ?) AND (? IS NULL OR c.field = ?)
       ORDER BY c.changed_at DESC, c.id DESC LIMIT ${SEARCHED_AT_ONCE}`,
      [
        ...[before.changedAt, before.changedAt, before.id],
        ...[siteId ?? null, siteId ?? null],
        ...[field ?? null, field ?? null],
      ],
    )
    const ids = rows.filter((row) => fits(row.old ?? '') || fits(row.new ?? '')).map(({ id }) => id)
    for (let at = 0; at < ids.length; at += atMost) {
      const found = await readChanges(db, ids.slice(at, at + atMost))
      changes.push(...found.filter((change) => wasHeldIn(change, filter, fits)))
      if (changes.length > atMost) {
        return { changes: changes.slice(0, atMost), next: changes[atMost - 1] }
      }
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < SEARCHED_AT_ONCE) return { changes, next: undefined }
    before = { changedAt: last.changed_at, id: last.id }
  }
  return { changes, next: before }
}

interface SearchRow {
  id: number
  changed_at: Date
  old: string | null
  new: string | null
}

/** Every change, ever, of which the old or the new value fits; the newest first. */
export async function findChanges(
  db: Db,
  { siteId, field }: ChangeFilter,
  fits: (value: string) => boolean,
): Promise<Change[]> {
  const ids: number[] = []
  for (let after = 0; ; ) {
    const rows = await db.query<{ id: number; old: string | null; new: string | null }>(
      `SELECT id, old, \`new\` FROM address_change
       WHERE id > ? AND (? IS NULL OR site_id = ?) AND (? IS NULL OR field = ?)
       ORDER BY id LIMIT ${SCANNED_AT_ONCE}`,
      [after, siteId ?? null, siteId ?? null, field ?? null, field ?? null],
    )
    for (const row of rows) if (fits(row.old ?? '') || fits(row.new ?? '')) ids.push(row.id)
    if (rows.length < SCANNED_AT_ONCE) break
    after = rows.at(-1)!.id
  }
  return readChanges(db, ids.reverse())
}

/** What is known to have changed about one address, the oldest first; of more, the latest. */
export async function readHistory(
  db: Db,
  { siteId, ip }: AddressKey,
  field: ChangeField,
  atMost = HISTORY_AT_MOST,
): Promise<Change[]> {
  const rows = await db.query<ChangeRow>(
    `${SELECT_CHANGE}
     WHERE c.site_id = ? AND c.ip = ? AND c.field = ?
     ORDER BY c.id DESC LIMIT ${Math.trunc(atMost)}`,
    [siteId, ip, field],
  )
  return rows.map(toChange).reverse()
}

async function readChanges(db: Db, ids: readonly number[]): Promise<Change[]> {
  const found: Change[] = []
  for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
    const some = ids.slice(at, at + IDS_AT_ONCE)
    const rows = await db.query<ChangeRow>(
      `${SELECT_CHANGE} WHERE c.id IN (${some.map(() => '?').join(', ')})
       ORDER BY c.changed_at DESC, c.id DESC`,
      some,
    )
    found.push(...rows.map(toChange))
  }
  return found
}

// Without the index's name the server walks the whole history by its id, for each row.
const SELECT_CHANGE = `SELECT c.id, c.site_id, c.ip, c.field, c.old, c.\`new\`, c.source, c.changed_at,
    c.old_last_confirmed_at,
    (SELECT b.changed_at FROM address_change b FORCE INDEX (change_of_address)
     WHERE b.site_id = c.site_id AND b.ip = c.ip AND b.field = c.field AND b.id < c.id
     ORDER BY b.id DESC LIMIT 1) AS old_from,
    (SELECT n.changed_at FROM address_change n FORCE INDEX (change_of_address)
     WHERE n.site_id = c.site_id AND n.ip = c.ip AND n.field = c.field AND n.id > c.id
     ORDER BY n.id LIMIT 1) AS new_until
  FROM address_change c`

interface ChangeRow {
  id: number
  site_id: number
  ip: number
  field: ChangeField
  old: string | null
  new: string | null
  source: ChangeSource
  changed_at: Date
  old_last_confirmed_at: Date | null
  old_from: Date | null
  new_until: Date | null
}

function toChange(row: ChangeRow): Change {
  return {
    id: row.id,
    siteId: row.site_id,
    ip: toIp(row.ip),
    field: row.field,
    old: row.old ?? undefined,
    new: row.new ?? undefined,
    source: row.source,
    changedAt: row.changed_at,
    oldLastConfirmedAt: row.old_last_confirmed_at ?? undefined,
    oldFrom: row.old_from ?? undefined,
    newUntil: row.new_until ?? undefined,
  }
}
