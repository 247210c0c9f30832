import type { SystemType } from '../core/discovery/system-type.js'
import { nextChange } from './addresses.js'
import type { AddressKey } from './counters.js'
import type { Db, Store } from './pool.js'
import { URGENCY } from './system-intake.js'

export type SystemState = 'waiting' | 'known' | 'could-not-tell' | 'failed'

/** What is known of an address's hardware and operating system, and of the asking for it. */
export interface System {
  /** 48 bits. */
  readonly mac: number | undefined
  readonly vendor: string | undefined
  /** Marked by itself; a range or a vendor may be marked besides. */
  readonly isFragile: boolean
  readonly state: SystemState
  readonly os: string | undefined
  /** Percent. */
  readonly accuracy: number | undefined
  readonly family: string | undefined
  readonly cpe: string | undefined
  readonly type: SystemType | undefined
  readonly askedAt: Date | undefined
  /** When the operating system was last recognised. */
  readonly toldAt: Date | undefined
  /** Absent where it was not taken in yet, or never answered. */
  readonly dueAt: Date | undefined
}

/** What one asking brought; `match` is absent where nmap could not tell. */
export interface SystemFinding {
  readonly type: SystemType
  readonly match:
    | {
        readonly name: string
        readonly accuracy: number
        readonly family: string | undefined
        readonly cpe: string | undefined
      }
    | undefined
}

/** Undefined where the address has no row of its own. */
export async function readSystem(db: Db, key: AddressKey): Promise<System | undefined> {
  const [row] = await db.query<SystemRow>(
    `SELECT a.mac, a.vendor, a.fragile, a.os, a.os_accuracy, a.os_family,
       y.state, y.cpe, y.type, y.asked_at, y.told_at, y.due_at
     FROM address a LEFT JOIN address_system y ON y.site_id = a.site_id AND y.ip = a.ip
     WHERE a.site_id = ? AND a.ip = ?`,
    [key.siteId, key.ip],
  )
  return row && toSystem(row)
}

/** The asking came to nothing: nothing is said of the address but that. */
export async function failSystem(db: Db, key: AddressKey, dueAt: Date): Promise<void> {
  await db.run(
    `UPDATE address_system SET state = 'failed', urgency = ${URGENCY.known}, due_at = ?
     WHERE site_id = ? AND ip = ?`,
    [dueAt, key.siteId, key.ip],
  )
}

/**
 * Keeps what an address runs, and a row of history where that is another system than before; answers
 * whether it is. What could not be told this time leaves the system that was recognised before.
 */
export function saveSystem(
  store: Store,
  key: AddressKey,
  finding: SystemFinding,
  now: Date,
  dueAt: Date,
): Promise<boolean> {
  return store.transaction(async (tx) => {
    const before = await lockSystem(tx, key)
    if (before === undefined) return false
    const { match, type } = finding
    await tx.run(
      `UPDATE address_system SET state = ?, type = IF(? OR told_at IS NULL, ?, type),
         cpe = IF(?, ?, cpe), told_at = IF(?, ?, told_at), urgency = ${URGENCY.known}, due_at = ?
       WHERE site_id = ? AND ip = ?`,
      [
        match === undefined ? 'could-not-tell' : 'known',
        ...[match !== undefined, type],
        ...[match !== undefined, match?.cpe ?? null],
        ...[match !== undefined, now],
        dueAt,
        ...[key.siteId, key.ip],
      ],
    )
    if (match === undefined || isSame(before, match)) return false
    await keepOnAddress(tx, key, match)
    if (before.os === match.name) return false
    await tx.run(
      `INSERT INTO address_change
         (site_id, ip, field, old, \`new\`, source, changed_at, old_last_confirmed_at)
       VALUES (?, ?, 'os', ?, ?, 'nmap', ?, ?)`,
      [key.siteId, key.ip, before.os, match.name, now, before.told_at],
    )
    return true
  })
}

type Match = NonNullable<SystemFinding['match']>

async function lockSystem(tx: Db, key: AddressKey): Promise<HeldSystem | undefined> {
  const [row] = await tx.query<HeldSystem>(
    `SELECT a.os, a.os_accuracy, a.os_family, y.told_at
     FROM address_system y JOIN address a ON a.site_id = y.site_id AND a.ip = y.ip
     WHERE y.site_id = ? AND y.ip = ? FOR UPDATE`,
    [key.siteId, key.ip],
  )
  return row
}

function isSame(before: HeldSystem, match: Match): boolean {
  return (
    before.os === match.name &&
    before.os_accuracy === match.accuracy &&
    before.os_family === (match.family ?? null)
  )
}

async function keepOnAddress(tx: Db, key: AddressKey, match: Match): Promise<void> {
  const change = await nextChange(tx)
  await tx.run(
    `UPDATE address SET os = ?, os_accuracy = ?, os_family = ?, last_modified = UTC_TIMESTAMP(),
       changed_seq = ? WHERE site_id = ? AND ip = ?`,
    [match.name, match.accuracy, match.family ?? null, change, key.siteId, key.ip],
  )
}

interface HeldSystem {
  os: string | null
  os_accuracy: number | null
  os_family: string | null
  told_at: Date | null
}

interface SystemRow extends HeldSystem {
  mac: number | null
  vendor: string | null
  fragile: number
  state: SystemState | null
  cpe: string | null
  type: SystemType | null
  asked_at: Date | null
  due_at: Date | null
}

function toSystem(row: SystemRow): System {
  return {
    mac: row.mac ?? undefined,
    vendor: row.vendor ?? undefined,
    isFragile: row.fragile === 1,
    state: row.state ?? 'waiting',
    os: row.os ?? undefined,
    accuracy: row.os_accuracy ?? undefined,
    family: row.os_family ?? undefined,
    cpe: row.cpe ?? undefined,
    type: row.type ?? undefined,
    askedAt: row.asked_at ?? undefined,
    toldAt: row.told_at ?? undefined,
    dueAt: row.due_at ?? undefined,
  }
}
