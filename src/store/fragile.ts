import { formatIp, type Ip, toIp } from '../core/address/ip.js'
import type { Range } from '../core/address/network.js'
import { nextChange } from './addresses.js'
import type { Db, Store } from './pool.js'

/** A range of a site, or one address of it, that is not asked for its operating system. */
export interface FragileRange extends Range {
  readonly siteId: number
  readonly notes: string
}

/** Any part of a MAC vendor's name; it holds in all sites. */
export interface FragileVendor {
  readonly vendor: string
  readonly notes: string
}

/** Marks one address; false where it is marked already. One that never answered gets its row by this. */
export function markAddress(store: Store, siteId: number, ip: Ip): Promise<boolean> {
  return store.transaction(async (tx) => {
    const [kept] = await tx.query<{ fragile: number }>(
      'SELECT fragile FROM address WHERE site_id = ? AND ip = ? FOR UPDATE',
      [siteId, ip],
    )
    if (kept?.fragile === 1) return false
    await tx.run(
      `INSERT INTO address (site_id, ip, ip_text, fragile, last_modified, changed_seq)
       VALUES (?, ?, ?, TRUE, UTC_TIMESTAMP(), ?)
       ON DUPLICATE KEY UPDATE fragile = TRUE, last_modified = VALUES(last_modified),
         changed_seq = VALUES(changed_seq)`,
      [siteId, ip, formatIp(ip), await nextChange(tx)],
    )
    return true
  })
}

/** Whether there was a mark to take away. */
export function unmarkAddress(store: Store, siteId: number, ip: Ip): Promise<boolean> {
  return store.transaction(async (tx) => {
    const unmarked = await tx.run(
      `UPDATE address SET fragile = FALSE, last_modified = UTC_TIMESTAMP(), changed_seq = ?
       WHERE site_id = ? AND ip = ? AND fragile = TRUE`,
      [await nextChange(tx), siteId, ip],
    )
    return unmarked.affected === 1
  })
}

/** False where this very range is marked already. */
export async function markRange(db: Db, mark: FragileRange, now: Date): Promise<boolean> {
  const marked = await db.run(
    `INSERT IGNORE INTO fragile_range (site_id, first, last, notes, created_at)
     VALUES (?, ?, ?, ?, ?)`,
    [mark.siteId, mark.first, mark.last, mark.notes, now],
  )
  return marked.affected === 1
}

export async function unmarkRange(db: Db, siteId: number, range: Range): Promise<boolean> {
  const unmarked = await db.run(
    'DELETE FROM fragile_range WHERE site_id = ? AND first = ? AND last = ?',
    [siteId, range.first, range.last],
  )
  return unmarked.affected === 1
}

/** False where this vendor is marked already, in whatever case. */
export async function markVendor(db: Db, mark: FragileVendor, now: Date): Promise<boolean> {
  const kept = await listFragileVendors(db)
  if (kept.some(({ vendor }) => vendor.toLowerCase() === mark.vendor.toLowerCase())) return false
  await db.run(
    `INSERT INTO fragile_vendor (vendor, notes, created_at) VALUES (?, ?, ?)
     ON DUPLICATE KEY UPDATE notes = VALUES(notes)`,
    [mark.vendor, mark.notes, now],
  )
  return true
}

export async function unmarkVendor(db: Db, vendor: string): Promise<boolean> {
  const unmarked = await db.run('DELETE FROM fragile_vendor WHERE LOWER(vendor) = LOWER(?)', [
    vendor,
  ])
  return unmarked.affected > 0
}

/** Marked ranges of one site or of all, in the order of their addresses. */
export async function listFragileRanges(db: Db, siteId?: number): Promise<FragileRange[]> {
  const rows = await db.query<{ site_id: number; first: number; last: number; notes: string }>(
    `SELECT site_id, first, last, notes FROM fragile_range WHERE ? IS NULL OR site_id = ?
     ORDER BY site_id, first, last`,
    [siteId ?? null, siteId ?? null],
  )
  return rows.map((row) => ({
    siteId: row.site_id,
    first: toIp(row.first),
    last: toIp(row.last),
    notes: row.notes,
  }))
}

/** Marked single addresses; a look through the whole table, for a list that somebody asked for. */
export async function listFragileAddresses(
  db: Db,
  siteId?: number,
): Promise<{ siteId: number; ip: Ip }[]> {
  const rows = await db.query<{ site_id: number; ip: number }>(
    `SELECT site_id, ip FROM address WHERE fragile = TRUE AND (? IS NULL OR site_id = ?)
     ORDER BY site_id, ip`,
    [siteId ?? null, siteId ?? null],
  )
  return rows.map((row) => ({ siteId: row.site_id, ip: toIp(row.ip) }))
}

export function listFragileVendors(db: Db): Promise<FragileVendor[]> {
  return db.query<FragileVendor>('SELECT vendor, notes FROM fragile_vendor ORDER BY vendor')
}
