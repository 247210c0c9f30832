import type { Db } from './pool.js'

/** Removes old sweeps, events and answered requests, and sessions that are over; answers how many rows. */
export async function purgeLog(db: Db, before: Date, atMost: number): Promise<number> {
  const limit = Math.trunc(atMost)
  const sweeps = await db.run(`DELETE FROM sweep WHERE slot_at < ? LIMIT ${limit}`, [before])
  const events = await db.run(`DELETE FROM event WHERE at < ? LIMIT ${limit}`, [before])
  const requests = await db.run(
    `DELETE FROM request WHERE state IN ('done', 'failed') AND created_at < ? LIMIT ${limit}`,
    [before],
  )
  const sessions = await db.run(
    `DELETE FROM session WHERE expires_at < UTC_TIMESTAMP() LIMIT ${limit}`,
  )
  return sweeps.affected + events.affected + requests.affected + sessions.affected
}
