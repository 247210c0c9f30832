import type { Db } from './pool.js'

/** So many lookups must fail in a row before a resolver is said to fail for everybody. */
const FAILURES_UNTIL_TOLD = 8

/** How a resolver did in one round. */
export interface ResolverRound {
  readonly address: string
  readonly answered: number
  readonly failedInARow: number
  readonly lastFailure: string | undefined
}

export interface ResolverState {
  readonly siteId: number
  readonly address: string
  readonly failures: number
  readonly failingSince: Date | undefined
  readonly lastFailure: string | undefined
  readonly lastFailureAt: Date | undefined
  readonly lastAnswerAt: Date | undefined
}

export type ResolverTurn = 'fails' | 'answers again' | undefined

/** Adds a round to what is known of a resolver, and answers what is worth telling: once a turn. */
export async function keepResolverRound(
  tx: Db,
  siteId: number,
  round: ResolverRound,
  now: Date,
): Promise<ResolverTurn> {
  const [before] = await tx.query<{ failures: number; failing_since: Date | null }>(
    'SELECT failures, failing_since FROM resolver WHERE site_id = ? AND address = ? FOR UPDATE',
    [siteId, round.address],
  )
  const carried = round.answered > 0 ? 0 : (before?.failures ?? 0)
  const failures = carried + round.failedInARow
  const wasFailing = before !== undefined && before.failing_since !== null
  const isFailing = failures >= FAILURES_UNTIL_TOLD || (wasFailing && failures > 0)
  await tx.run(
    `INSERT INTO resolver
       (site_id, address, failures, failing_since, last_failure, last_failure_at, last_answer_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE failures = VALUES(failures), failing_since = VALUES(failing_since),
       last_failure = COALESCE(VALUES(last_failure), last_failure),
       last_failure_at = COALESCE(VALUES(last_failure_at), last_failure_at),
       last_answer_at = COALESCE(VALUES(last_answer_at), last_answer_at)`,
    [
      siteId,
      round.address,
      failures,
      isFailing ? (before?.failing_since ?? now) : null,
      round.lastFailure ?? null,
      round.lastFailure === undefined ? null : now,
      round.answered > 0 ? now : null,
    ],
  )
  if (isFailing === wasFailing) return undefined
  return isFailing ? 'fails' : 'answers again'
}

/** Every resolver that was ever asked, by site and address. */
export async function listResolvers(db: Db, siteId?: number): Promise<ResolverState[]> {
  const rows = await db.query<ResolverRow>(
    `SELECT site_id, address, failures, failing_since, last_failure, last_failure_at, last_answer_at
     FROM resolver WHERE ? IS NULL OR site_id = ? ORDER BY site_id, address`,
    [siteId ?? null, siteId ?? null],
  )
  return rows.map((row) => ({
    siteId: row.site_id,
    address: row.address,
    failures: row.failures,
    failingSince: row.failing_since ?? undefined,
    lastFailure: row.last_failure ?? undefined,
    lastFailureAt: row.last_failure_at ?? undefined,
    lastAnswerAt: row.last_answer_at ?? undefined,
  }))
}

interface ResolverRow {
  site_id: number
  address: string
  failures: number
  failing_since: Date | null
  last_failure: string | null
  last_failure_at: Date | null
  last_answer_at: Date | null
}
