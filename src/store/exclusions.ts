import type { Exclusion, ExclusionReason } from '../core/address/exclusion.js'
import { toIp } from '../core/address/ip.js'
import type { Range } from '../core/address/network.js'
import type { Db } from './pool.js'

/** An exclusion as it is kept for a site. */
export interface SiteExclusion extends Exclusion {
  readonly id: number
  readonly siteId: number
  readonly notes: string
}

/** Of one site or of all, in the order of their addresses. */
export async function listExclusions(db: Db, siteId?: number): Promise<SiteExclusion[]> {
  const rows = await db.query<ExclusionRow>(
    `SELECT id, site_id, first, last, reason, notes FROM exclusion
     WHERE ? IS NULL OR site_id = ? ORDER BY site_id, first, last, reason`,
    [siteId ?? null, siteId ?? null],
  )
  return rows.map(toExclusion)
}

/** Keeps an exclusion and answers its id; undefined where the site has this very one already. */
export async function addExclusion(
  db: Db,
  siteId: number,
  exclusion: Exclusion,
  notes: string,
  now: Date,
): Promise<number | undefined> {
  const added = await db.run(
    `INSERT IGNORE INTO exclusion (site_id, first, last, reason, notes, created_at)
     VALUES (?, ?, ?, ?, ?, ?)`,
    [siteId, exclusion.first, exclusion.last, exclusion.reason, notes, now],
  )
  return added.affected === 1 ? added.insertId : undefined
}

/** Whether there was one to remove. */
export async function removeExclusion(db: Db, id: number): Promise<boolean> {
  return (await db.run('DELETE FROM exclusion WHERE id = ?', [id])).affected === 1
}

/** The exclusions of a site that have exactly this range. */
export async function findExclusions(
  db: Db,
  siteId: number,
  range: Range,
): Promise<SiteExclusion[]> {
  const rows = await db.query<ExclusionRow>(
    `SELECT id, site_id, first, last, reason, notes FROM exclusion
     WHERE site_id = ? AND first = ? AND last = ? ORDER BY reason`,
    [siteId, range.first, range.last],
  )
  return rows.map(toExclusion)
}

interface ExclusionRow {
  id: number
  site_id: number
  first: number
  last: number
  reason: ExclusionReason
  notes: string
}

function toExclusion(row: ExclusionRow): SiteExclusion {
  return {
    id: row.id,
    siteId: row.site_id,
    first: toIp(row.first),
    last: toIp(row.last),
    reason: row.reason,
    notes: row.notes,
  }
}
