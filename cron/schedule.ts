import { randomUUID } from 'node:crypto'
import { CronTime } from 'cron'
import { enterJob, finishJob, takeJob } from '../src/store/jobs.js'
import type { Store } from '../src/store/pool.js'
import { readClock } from '../src/store/sweeps.js'
import type { JobContext } from './context.js'
import { purge } from './purge.js'
import { refresh } from './refresh.js'

/** Gather, decide, save, tell; the answer is one line about what was done. */
export interface Job {
  readonly name: string
  /** Minute, hour, day, month, weekday; UTC. */
  readonly at: string
  readonly why: string
  readonly run: (context: JobContext) => Promise<string>
}

/** Sweeps are no job: they fire at each five-minute boundary of the database's clock (scanner.ts). */
export const JOBS: readonly Job[] = [
  {
    name: 'refresh',
    at: '5 1 * * *',
    why: 'days that have been over for an hour are folded into the counters',
    run: refresh,
  },
  {
    name: 'purge',
    at: '35 1 * * *',
    why: 'presence older than presence.keep_days is forgotten',
    run: purge,
  },
]

/** Makes every job known, so that a missed run is caught up once and never more. */
export async function enterJobs(store: Store, now: Date): Promise<void> {
  for (const job of JOBS) await enterJob(store, job.name, nextRun(job, now))
}

/** Runs each job whose time has come, one after the other; several engines share them. */
export async function runDueJobs(context: Omit<JobContext, 'now'>): Promise<void> {
  for (const job of JOBS) {
    const token = randomUUID()
    if (context.signal.aborted || !(await takeJob(context.store, job.name, token))) continue
    await runJob(job, token, context)
  }
}

/** Runs one job and writes down how it went; its failure is an answer. */
export async function runJob(
  job: Job,
  token: string,
  context: Omit<JobContext, 'now'>,
): Promise<{ summary: string | undefined; error: string | undefined }> {
  const { store, log } = context
  const now = await readClock(store)
  const started = performance.now()
  const outcome = await job.run({ ...context, now }).then(
    (summary) => ({ summary, error: undefined }),
    (error: Error) => ({ summary: undefined, error: error.message }),
  )
  const seconds = (performance.now() - started) / 1_000
  if (outcome.error === undefined) log.info({ job: job.name, seconds }, outcome.summary)
  else log.error({ job: job.name, seconds }, outcome.error)
  await finishJob(store, job.name, token, { nextRunAt: nextRun(job, now), seconds, ...outcome })
  return outcome
}

function nextRun(job: Job, after: Date): Date {
  return new CronTime(job.at, 'UTC').getNextDateFrom(after, 'UTC').toJSDate()
}
