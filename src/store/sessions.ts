import { createHash } from 'node:crypto'
import type { Db } from './pool.js'

/** A session nobody used for this long is over. */
export const IDLE_LIMIT_MS = 8 * 3_600_000
/** And any is, this long after its login. */
export const ABSOLUTE_LIMIT_MS = 24 * 3_600_000
const EXPIRED_PER_SWEEP = 1_000

/** What is kept of a login; the id itself is not, only its SHA-256. */
export interface KeptSession {
  readonly userId: number
  /** Whatever the web keeps with it, as JSON. */
  readonly data: string
  readonly createdAt: Date
  readonly usedAt: Date
}

/** The session of an id, unless it is over. */
export async function readSession(db: Db, id: string, now: Date): Promise<KeptSession | undefined> {
  const [row] = await db.query<SessionRow>(
    `SELECT user_id, data, created_at, used_at FROM session
     WHERE id_hash = ? AND expires_at > ? AND user_id IS NOT NULL`,
    [hashId(id), now],
  )
  return (
    row && { userId: row.user_id, data: row.data, createdAt: row.created_at, usedAt: row.used_at }
  )
}

/** Keeps a new session, and takes the occasion to clear away what is over. */
export async function addSession(
  db: Db,
  id: string,
  session: { readonly userId: number; readonly data: string; readonly client: string },
  now: Date,
): Promise<void> {
  await db.run(`DELETE FROM session WHERE expires_at <= ? LIMIT ${EXPIRED_PER_SWEEP}`, [now])
  await db.run(
    `INSERT INTO session (id_hash, user_id, data, created_at, used_at, expires_at, client)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    [
      hashId(id),
      session.userId,
      session.data,
      now,
      now,
      new Date(now.getTime() + IDLE_LIMIT_MS),
      session.client,
    ],
  )
}

/** Changes what is kept with a session; one that was ended meanwhile stays ended. */
export async function changeSession(db: Db, id: string, data: string): Promise<void> {
  await db.run('UPDATE session SET data = ? WHERE id_hash = ?', [data, hashId(id)])
}

/** Moves the idle limit on, never past the absolute one. */
export async function useSession(db: Db, id: string, createdAt: Date, now: Date): Promise<void> {
  const over = Math.min(now.getTime() + IDLE_LIMIT_MS, createdAt.getTime() + ABSOLUTE_LIMIT_MS)
  await db.run('UPDATE session SET used_at = ?, expires_at = ? WHERE id_hash = ?', [
    now,
    new Date(over),
    hashId(id),
  ])
}

export async function endSession(db: Db, id: string): Promise<void> {
  await db.run('DELETE FROM session WHERE id_hash = ?', [hashId(id)])
}

/** Ends every session of a user, as a changed password and a disabled user ask for; answers how many. */
export async function endSessionsOf(db: Db, userId: number): Promise<number> {
  return (await db.run('DELETE FROM session WHERE user_id = ?', [userId])).affected
}

interface SessionRow {
  user_id: number
  data: string
  created_at: Date
  used_at: Date
}

function hashId(id: string): Buffer {
  return createHash('sha256').update(id).digest()
}
