import type { Db } from './pool.js'

/** A name (folded) or a MAC that may be on several addresses. */
export interface ExpectedDuplicate {
  readonly siteId: number
  readonly name: string
  readonly byWhom: string
  readonly createdAt: Date
}

export async function listExpected(db: Db, siteId?: number): Promise<ExpectedDuplicate[]> {
  const rows = await db.query<{ site_id: number; name: string; by_whom: string; created_at: Date }>(
    `SELECT site_id, name, by_whom, created_at FROM expected_duplicate
     WHERE ? IS NULL OR site_id = ? ORDER BY site_id, name`,
    [siteId ?? null, siteId ?? null],
  )
  return rows.map((row) => ({
    siteId: row.site_id,
    name: row.name,
    byWhom: row.by_whom,
    createdAt: row.created_at,
  }))
}

/** Whether it was not expected before. */
export async function expectDuplicate(db: Db, expected: ExpectedDuplicate): Promise<boolean> {
  const added = await db.run(
    `INSERT IGNORE INTO expected_duplicate (site_id, name, by_whom, created_at) VALUES (?, ?, ?, ?)`,
    [expected.siteId, expected.name, expected.byWhom, expected.createdAt],
  )
  return added.affected === 1
}

/** Whether there was one to remove. */
export async function removeExpected(db: Db, siteId: number, name: string): Promise<boolean> {
  const removed = await db.run('DELETE FROM expected_duplicate WHERE site_id = ? AND name = ?', [
    siteId,
    name,
  ])
  return removed.affected === 1
}
