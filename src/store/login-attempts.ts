import type { Db, Store } from './pool.js'

/** Tries at logging in that one account, or one client address, has in a window. */
export const TRIES_PER_WINDOW = 5
/**
 * Short, and counted from its first try: whoever keeps failing on purpose can keep an account shut
 * for these minutes at a time, and `ipspace users reset` opens it.
 */
export const WINDOW_MS = 5 * 60_000
const EXPIRED_PER_SWEEP = 1_000

export type Try =
  | { readonly isAllowed: true }
  | { readonly isAllowed: false; readonly waitMs: number }

/**
 * Counts a try before the password is looked at, in one transaction over the rows of the client and
 * of the account, so that tries made at once, by several processes, are each counted. A client that
 * has none left does not use up the account's.
 */
export function countTry(store: Store, account: string, client: string, now: Date): Promise<Try> {
  return store.transaction(async (tx) => {
    for (const key of [clientKey(client), accountKey(account)]) {
      const { points, expire } = await raise(tx, key, now)
      if (points > TRIES_PER_WINDOW) return { isAllowed: false, waitMs: expire - now.getTime() }
    }
    return { isAllowed: true }
  })
}

/** A try that succeeded is none. Those that failed before it stay counted. */
export async function takeBackTry(db: Db, account: string, client: string): Promise<void> {
  await db.run(
    'UPDATE login_attempt SET points = points - 1 WHERE `key` IN (?, ?) AND points > 0',
    [clientKey(client), accountKey(account)],
  )
}

/** Opens an account again at once. */
export async function forgetTries(db: Db, account: string): Promise<void> {
  await db.run('DELETE FROM login_attempt WHERE `key` = ?', [accountKey(account)])
}

/** Clears away windows that are over. */
export async function dropOldTries(db: Db, now: Date): Promise<void> {
  await db.run(`DELETE FROM login_attempt WHERE expire <= ? LIMIT ${EXPIRED_PER_SWEEP}`, [
    now.getTime(),
  ])
}

/** One more, or the first of a new window; the row stays locked until the transaction ends. */
async function raise(tx: Db, key: string, now: Date): Promise<{ points: number; expire: number }> {
  const over = now.getTime() + WINDOW_MS
  await tx.run(
    `INSERT INTO login_attempt (\`key\`, points, expire) VALUES (?, 1, ?)
     ON DUPLICATE KEY UPDATE
       points = IF(expire <= ?, 1, LEAST(points + 1, 1000000)), expire = IF(expire <= ?, ?, expire)`,
    [key, over, now.getTime(), now.getTime(), over],
  )
  const [row] = await tx.query<{ points: number; expire: number | string }>(
    'SELECT points, expire FROM login_attempt WHERE `key` = ?',
    [key],
  )
  return { points: row!.points, expire: Number(row!.expire) }
}

function accountKey(name: string): string {
  return `account ${name.slice(0, 64).toLowerCase()}`
}

/** One customer has a whole /64 of IPv6 addresses to try from: it counts as one client. */
function clientKey(address: string): string {
  if (!address.includes(':')) return `client ${address}`
  const [left = [], right = []] = address.split('::').map((half) => half.split(':').filter(Boolean))
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
  return `client ${[...left, ...zeros, ...right].slice(0, 4).join(':')}::/64`
}
