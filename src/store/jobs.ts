import type { Db } from './pool.js'

/** A job whose holder died is free again after this. */
const HOLD_SECONDS = 3_600

/**
 * Takes a job whose time has come (or any, where forced), by one compare-and-set on its row, so that
 * of several engines one runs it; false where it is not due or somebody has it.
 */
export async function takeJob(
  db: Db,
  name: string,
  token: string,
  { isForced }: { readonly isForced: boolean } = { isForced: false },
): Promise<boolean> {
  const taken = await db.run(
    `UPDATE job SET token = ?, held_until = UTC_TIMESTAMP(3) + INTERVAL ${HOLD_SECONDS} SECOND
     WHERE name = ? AND (? OR next_run_at <= UTC_TIMESTAMP())
       AND (token IS NULL OR held_until < UTC_TIMESTAMP(3))`,
    [token, name, isForced],
  )
  return taken.affected === 1
}

/** Knows the job from now on; its first run is at `firstRunAt`. */
export async function enterJob(db: Db, name: string, firstRunAt: Date): Promise<void> {
  await db.run('INSERT IGNORE INTO job (name, next_run_at) VALUES (?, ?)', [name, firstRunAt])
}

export interface JobRun {
  readonly nextRunAt: Date
  readonly seconds: number
  readonly error: string | undefined
  readonly summary: string | undefined
}

/** Writes down how a run went and when the next one is due. */
export async function finishJob(db: Db, name: string, token: string, run: JobRun): Promise<void> {
  await db.run(
    `UPDATE job SET token = NULL, held_until = NULL, next_run_at = ?, last_run_at = UTC_TIMESTAMP(3),
       last_seconds = ?, last_error = ?, last_summary = ?
     WHERE name = ? AND token = ?`,
    [run.nextRunAt, run.seconds, run.error ?? null, run.summary ?? null, name, token],
  )
}
