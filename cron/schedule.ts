import { randomUUID } from 'node:crypto'
import { CronTime } from 'cron'
import { enterJob, finishJob, takeJob } from '../src/store/jobs.js'
import type { Store } from '../src/store/pool.js'
import { readClock } from '../src/store/sweeps.js'
import type { JobContext } from './context.js'
import { detectOs } from './detect-os.js'
import { purge } from './purge.js'
import { refresh } from './refresh.js'
import { resolveNames } from './resolve-names.js'

/** Gather, decide, save, tell; the answer is one line about what was done. */
export interface Job {
  readonly name: string
  /** Minute, hour, day, month, weekday; UTC. */
  readonly at: string
  readonly why: string
  /** Such a job is run by every engine, for the sites that it sweeps, and beside all other jobs. */
  readonly asksTheNetwork: boolean
  readonly run: (context: JobContext) => Promise<string>
}

/** Sweeps are no job: they fire at each five-minute boundary of the database's clock (scanner.ts). */
export const JOBS: readonly Job[] = [
  {
    name: 'resolve-names',
    at: '1-59/5 * * * *',
    why: 'names whose time has come are asked for, a minute after each round of sweeps has begun',
    asksTheNetwork: true,
    run: resolveNames,
  },
  {
    name: 'refresh',
    at: '5 1 * * *',
    why: 'days that have been over for an hour are folded into the counters',
    asksTheNetwork: false,
    run: refresh,
  },
  {
    name: 'purge',
    at: '35 1 * * *',
    why: 'presence older than presence.keep_days is forgotten',
    asksTheNetwork: false,
    run: purge,
  },
  {
    name: 'detect-os',
    at: '2-59/5 * * * *',
    why: 'within os.per_hour, the new, the changed and the longest unchecked are asked what they run',
    asksTheNetwork: true,
    run: detectOs,
  },
]

/** Jobs of one lane run one after the other, lanes side by side: no fold holds up a lookup of names. */
export const LANES: readonly (readonly Job[])[] = [
  JOBS.filter((job) => !job.asksTheNetwork),
  ...JOBS.filter((job) => job.asksTheNetwork).map((job) => [job]),
]

/** Makes every job known, so that a missed run is caught up once and never more. */
export async function enterJobs(store: Store, engine: string, now: Date): Promise<void> {
  for (const job of JOBS) await enterJob(store, rowOf(job, engine), nextRun(job, now))
}

/** Runs each job of a lane whose time has come; several engines share those that ask no network. */
export async function runDueJobs(
  lane: readonly Job[],
  context: Omit<JobContext, 'now'>,
): Promise<void> {
  for (const job of lane) {
    const token = randomUUID()
    const row = rowOf(job, context.engine)
    if (context.signal.aborted || !(await takeJob(context.store, row, token))) continue
    await runJob(job, token, context)
  }
}

/** What a job is kept under: each engine has a row of its own for what it asks its network. */
export function rowOf(job: Job, engine: string): string {
  return job.asksTheNetwork ? `${job.name}@${engine}` : job.name
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
  const row = rowOf(job, context.engine)
  await finishJob(store, row, token, { nextRunAt: nextRun(job, now), seconds, ...outcome })
  return outcome
}

function nextRun(job: Job, after: Date): Date {
  return new CronTime(job.at, 'UTC').getNextDateFrom(after, 'UTC').toJSDate()
}
