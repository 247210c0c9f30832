import { type Ip, toIp } from '../core/address/ip.js'
import type { HeldName, NameChange, NameSource } from '../core/names/change.js'
import { type NewChange, recordChanges } from './address-changes.js'
import { nextChange } from './addresses.js'
import type { Db, Store, Value } from './pool.js'

const ROWS_AT_ONCE = 1_000

export type ForwardState = 'none' | 'match' | 'mismatch' | 'unknown'

/** What was found out before about an address's name; absent where it was never asked. */
export interface NameCheck {
  readonly checkedAt: Date
  readonly confirmedAt: Date | undefined
  /** When NetBIOS and mDNS were last asked. */
  readonly directAt: Date | undefined
  /** Lookups that failed in a row, and the last that did. */
  readonly failures: number
  readonly failure: string | undefined
  readonly failedAt: Date | undefined
  readonly forward: ForwardState
  readonly forwardAt: Date | undefined
  /** All names of the PTR records, where there are several. */
  readonly ptrNames: readonly string[]
}

export interface DueName {
  readonly siteId: number
  readonly ip: Ip
  readonly held: HeldName | undefined
  readonly check: NameCheck | undefined
  /** It answered the last time it was asked. */
  readonly isPresent: boolean
  /** It has come (again) since its name was last asked for. */
  readonly hasCome: boolean
}

/**
 * Whose names of a site are to be asked for: first the new, then those that were away and came again,
 * then those whose time has come, the longest waiting first.
 */
export async function listDueNames(
  db: Db,
  siteId: number,
  now: Date,
  minAgeSeconds: number,
  atMost: number,
): Promise<DueName[]> {
  const settledBefore = new Date(now.getTime() - minAgeSeconds * 1_000)
  const rows = await db.query<DueRow>(
    `SELECT d.*, a.hostname, a.name_source FROM (
       SELECT s.site_id, s.ip, s.last_active, s.last_silent, c.due_at, c.checked_at, c.confirmed_at,
         c.direct_at, c.failures, c.failure, c.failed_at, c.forward, c.forward_at, c.ptr_names,
         c.ip IS NULL AS is_new,
         s.last_silent > c.checked_at AND s.last_active > s.last_silent AS is_back
       FROM address_state s LEFT JOIN name_check c ON c.site_id = s.site_id AND c.ip = s.ip
       WHERE s.site_id = ? AND s.active > 0 AND (c.ip IS NULL OR c.due_at <= ? OR
         (c.checked_at <= ? AND s.last_silent > c.checked_at AND s.last_active > s.last_silent))
       ORDER BY is_new DESC, is_back DESC, c.due_at, s.ip LIMIT ${Math.trunc(atMost)}
     ) AS d JOIN address a ON a.site_id = d.site_id AND a.ip = d.ip
     ORDER BY d.is_new DESC, d.is_back DESC, d.due_at, d.ip`,
    [siteId, now, settledBefore],
  )
  return rows.map(toDueName)
}

/** What one asking came to. */
export interface NameResult {
  readonly due: DueName
  readonly change: NameChange
  readonly check: NameCheck
  readonly dueAt: Date
}

/**
 * Keeps results, some thousand in a transaction: the checks, the names that changed, and one row of
 * history for each change. A name that somebody else changed meanwhile is left as it is. Answers how
 * many rows of history were written.
 */
export async function saveNames(
  store: Store,
  results: readonly NameResult[],
  now: Date,
): Promise<number> {
  let changes = 0
  for (let at = 0; at < results.length; at += ROWS_AT_ONCE) {
    const some = results.slice(at, at + ROWS_AT_ONCE)
    changes += await store.transaction((tx) => saveSome(tx, some, now))
  }
  return changes
}

async function saveSome(tx: Db, results: readonly NameResult[], now: Date): Promise<number> {
  const speaking = results.filter(({ change }) => IS_WRITTEN[change.kind])
  const changed = speaking.length === 0 ? [] : await lockUnmoved(tx, speaking)
  await keepChecks(tx, results)
  if (changed.length === 0) return 0
  await keepNames(tx, changed, await nextChange(tx))
  const history = changed.flatMap((result) => toHistory(result, now))
  await recordChanges(tx, history)
  return history.length
}

const IS_WRITTEN: { readonly [K in NameChange['kind']]: boolean } = {
  gained: true,
  renamed: true,
  respelled: true,
  lost: true,
  confirmed: false,
  unheard: false,
  nameless: false,
}

/** Those whose names are still what they were when they were read. */
async function lockUnmoved(tx: Db, results: readonly NameResult[]): Promise<NameResult[]> {
  const rows = await tx.query<NameRow>(
    `SELECT site_id, ip, hostname, name_source FROM address
     WHERE (site_id, ip) IN (${results.map(() => '(?, ?)').join(', ')}) FOR UPDATE`,
    results.flatMap(({ due }) => [due.siteId, due.ip]),
  )
  const held = new Map(rows.map((row) => [`${row.site_id}/${row.ip}`, row]))
  return results.filter(({ due }) => {
    const row = held.get(`${due.siteId}/${due.ip}`)
    return row !== undefined && (row.hostname ?? undefined) === due.held?.name
  })
}

async function keepNames(tx: Db, results: readonly NameResult[], change: number): Promise<void> {
  await tx.run(
    `INSERT INTO address (site_id, ip, ip_text, hostname, name_source, last_modified, changed_seq)
     VALUES ${results.map(() => "(?, ?, '', ?, ?, UTC_TIMESTAMP(), ?)").join(', ')}
     ON DUPLICATE KEY UPDATE hostname = VALUES(hostname), name_source = VALUES(name_source),
       last_modified = VALUES(last_modified), changed_seq = VALUES(changed_seq)`,
    results.flatMap(({ due, change: { now } }): Value[] => [
      due.siteId,
      due.ip,
      now?.name ?? null,
      now?.source ?? null,
      change,
    ]),
  )
}

async function keepChecks(tx: Db, results: readonly NameResult[]): Promise<void> {
  await tx.run(
    `INSERT INTO name_check (site_id, ip, due_at, checked_at, confirmed_at, direct_at, failures,
       failure, failed_at, forward, forward_at, ptr_names)
     VALUES ${results.map(() => '(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}
     ON DUPLICATE KEY UPDATE due_at = VALUES(due_at), checked_at = VALUES(checked_at),
       confirmed_at = VALUES(confirmed_at), direct_at = VALUES(direct_at),
       failures = VALUES(failures), failure = VALUES(failure), failed_at = VALUES(failed_at),
       forward = VALUES(forward), forward_at = VALUES(forward_at), ptr_names = VALUES(ptr_names)`,
    results.flatMap(({ due, check, dueAt }): Value[] => [
      due.siteId,
      due.ip,
      dueAt,
      check.checkedAt,
      check.confirmedAt ?? null,
      check.directAt ?? null,
      Math.min(check.failures, 65_535),
      check.failure?.slice(0, 32) ?? null,
      check.failedAt ?? null,
      check.forward,
      check.forwardAt ?? null,
      check.ptrNames.length > 1 ? check.ptrNames.join(' ') : null,
    ]),
  )
}

/** Nobody's history: the same name in other letters, or from another source. */
function toHistory({ due, change }: NameResult, now: Date): NewChange[] {
  if (change.kind === 'respelled') return []
  return [
    {
      siteId: due.siteId,
      ip: due.ip,
      field: 'hostname',
      old: due.held?.name,
      new: change.now?.name,
      source: change.now?.source ?? due.held!.source,
      changedAt: now,
      oldLastConfirmedAt: due.check?.confirmedAt,
    },
  ]
}

interface NameRow {
  site_id: number
  ip: number
  hostname: string | null
  name_source: NameSource | null
}

export interface CheckRow {
  checked_at: Date | null
  confirmed_at: Date | null
  direct_at: Date | null
  failures: number | null
  failure: string | null
  failed_at: Date | null
  forward: ForwardState | null
  forward_at: Date | null
  ptr_names: string | null
}

interface DueRow extends NameRow, CheckRow {
  last_active: Date | null
  last_silent: Date | null
  is_new: number
  is_back: number | null
}

function toDueName(row: DueRow): DueName {
  const { hostname: name, name_source: source } = row
  return {
    siteId: row.site_id,
    ip: toIp(row.ip),
    held: name === null || source === null ? undefined : { name, source },
    check: toCheck(row),
    isPresent: row.last_active !== null && row.last_active > (row.last_silent ?? new Date(0)),
    hasCome: row.is_new === 1 || row.is_back === 1,
  }
}

export function toCheck(row: CheckRow): NameCheck | undefined {
  if (row.checked_at === null) return undefined
  return {
    checkedAt: row.checked_at,
    confirmedAt: row.confirmed_at ?? undefined,
    directAt: row.direct_at ?? undefined,
    failures: row.failures ?? 0,
    failure: row.failure ?? undefined,
    failedAt: row.failed_at ?? undefined,
    forward: row.forward ?? 'none',
    forwardAt: row.forward_at ?? undefined,
    ptrNames: row.ptr_names?.split(' ') ?? [],
  }
}
