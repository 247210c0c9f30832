import { type Ip, toIp } from '../core/address/ip.js'
import type { OsCandidate } from '../core/scan/os-plan.js'
import type { Db } from './pool.js'
import { URGENCY } from './system-intake.js'
import type { SystemState } from './systems.js'

/** An address whose asking is due. */
export interface DueSystem extends OsCandidate {
  readonly ip: Ip
  readonly urgency: number
  readonly dueAt: Date
}

/** How many addresses of a site were asked since an instant. */
export async function countAsked(db: Db, siteId: number, since: Date): Promise<number> {
  const [row] = await db.query<{ asked: number }>(
    'SELECT COUNT(*) AS asked FROM address_system WHERE asked_at > ? AND site_id = ?',
    [since, siteId],
  )
  return row!.asked
}

/**
 * Whose asking is due in a site: the new first, then the changed, then the longest unchecked. One whose
 * MAC was not taken in yet has to wait: its vendor may be marked as fragile.
 */
export async function listDueSystems(
  db: Db,
  siteId: number,
  now: Date,
  limit: number,
): Promise<DueSystem[]> {
  const ofUrgency = `(SELECT site_id, ip, urgency, due_at, state, mac FROM address_system
     WHERE site_id = ? AND urgency = ? AND due_at <= ? ORDER BY due_at, ip LIMIT ${Math.trunc(limit)})`
  const urgencies = Object.values(URGENCY)
  const rows = await db.query<DueRow>(
    `SELECT y.site_id, y.ip, y.urgency, y.due_at, y.state, a.fragile, a.vendor, s.last_active
     FROM (${urgencies.map(() => ofUrgency).join(' UNION ALL ')}) y
     JOIN address a ON a.site_id = y.site_id AND a.ip = y.ip
     LEFT JOIN address_state s ON s.site_id = y.site_id AND s.ip = y.ip
     WHERE a.mac IS NULL OR a.mac <=> y.mac
     ORDER BY y.urgency, y.due_at, y.ip LIMIT ${Math.trunc(limit)}`,
    urgencies.flatMap((urgency) => [siteId, urgency, now]),
  )
  return rows.map(toDue)
}

/** Takes an address for asking, by one compare-and-set; nobody else asks it before `until`. */
export async function claimSystem(
  db: Db,
  due: DueSystem,
  now: Date,
  until: Date,
): Promise<boolean> {
  const claimed = await db.run(
    `UPDATE address_system SET asked_at = ?, due_at = ?
     WHERE site_id = ? AND ip = ? AND due_at = ?`,
    [now, until, due.siteId, due.ip, due.dueAt],
  )
  return claimed.affected === 1
}

/** Looks at an address again later, without having asked it. */
export async function postponeSystem(db: Db, due: DueSystem, until: Date): Promise<void> {
  await db.run('UPDATE address_system SET due_at = ? WHERE site_id = ? AND ip = ? AND due_at = ?', [
    until,
    due.siteId,
    due.ip,
    due.dueAt,
  ])
}

interface DueRow {
  site_id: number
  ip: number
  urgency: number
  due_at: Date
  state: SystemState
  fragile: number
  vendor: string | null
  last_active: Date | null
}

function toDue(row: DueRow): DueSystem {
  return {
    siteId: row.site_id,
    ip: toIp(row.ip),
    urgency: row.urgency,
    dueAt: row.due_at,
    isFragile: row.fragile === 1,
    vendor: row.vendor ?? undefined,
    lastActive: row.last_active ?? undefined,
    hasFailed: row.state === 'failed',
  }
}
