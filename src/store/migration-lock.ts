import type { Db } from './pool.js'

/** Whether somebody is changing the schema at this moment. */
export async function isMigrating(db: Db): Promise<boolean> {
  const held = await db.query(
    `SELECT id FROM migration_lock
     WHERE id = 1 AND owner IS NOT NULL AND held_until > UTC_TIMESTAMP()`,
  )
  return held.length > 0
}
