import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { slotStart } from '../src/core/scan/schedule.js'
import type { Log } from '../src/log.js'
import { checkNmap } from '../src/probe/nmap-rights.js'
import { type EngineIdentity, keepEngine, leaveEngine, takeEngine } from '../src/store/engines.js'
import type { Store } from '../src/store/pool.js'
import { giveUpRequests } from '../src/store/requests.js'
import { failAbandoned, readClock } from '../src/store/sweeps.js'
import type { ScannerOptions } from './context.js'
import { holdEngine, identify } from './engine-name.js'
import { Rounds } from './rounds.js'
import { enterJobs, LANES, runDueJobs } from './schedule.js'

export { EngineTaken } from './engine-name.js'

const TICK_MS = 1_000
const KEEP_EVERY_MS = 5_000
const JOBS_EVERY_MS = 15_000
/** Without a right to send raw packets, look again this often: somebody may have mended it. */
const CHECK_NMAP_EVERY_MS = 60_000
/** Nobody works at a request any more that is older than the longest sweep. */
const REQUEST_LIVES_MS = 2 * 3_600_000
/** A machine whose clock is further off than this may not count. */
const CLOCK_TOLERANCE_MS = 30_000

/**
 * Sweeps at each five-minute boundary of the database's clock, answers requests within a second and
 * runs the jobs, until the signal. Throws EngineTaken where another scanner signs with the same name.
 */
export async function runScanner(options: ScannerOptions): Promise<void> {
  const { store, config, log } = options
  const me = identify(config.engine, randomUUID())
  await holdEngine(store, me, options.signal)
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  const rounds = new Rounds({ ...options, signal, me })
  const abandoned = await failAbandoned(store, me.name, me.token)
  if (abandoned > 0) log.warn(`${abandoned} sweeps of a scanner that ended were marked failed`)
  await enterJobs(store, me.name, await readClock(store))
  const { launch } = options
  const context = { store, log, nmapPath: config.nmapPath, launch, engine: me.name, signal }
  options.onReady?.()
  const work = [
    tick(options, me, rounds, signal),
    ...LANES.map((lane) => repeat(JOBS_EVERY_MS, signal, log, () => runDueJobs(lane, context))),
  ]
  try {
    await Promise.all(work)
  } finally {
    stop.abort()
    await Promise.allSettled(work)
    await rounds.settle()
    await leaveEngine(store, me).catch(() => undefined)
  }
}

async function tick(
  options: ScannerOptions,
  me: EngineIdentity,
  rounds: Rounds,
  signal: AbortSignal,
): Promise<void> {
  const { store, log } = options
  const health: Health = { clock: undefined, nmap: undefined, checkedAt: -Infinity }
  let keptAt = -Infinity
  await repeat(TICK_MS, signal, log, async () => {
    const now = await checkClock(store, health)
    await checkRights(options, health)
    const problem = health.clock ?? health.nmap
    // By a clock that nobody sets: else one that is set back would let the name go.
    if (performance.now() - keptAt >= KEEP_EVERY_MS) {
      if (!(await holdsEngine(store, me, problem))) {
        throw new LeaseLost(`another scanner has taken the name ${me.name}: this one ends`)
      }
      await failAbandoned(store, me.name, me.token)
      await giveUpRequests(store, new Date(now.getTime() - REQUEST_LIVES_MS), now)
      keptAt = performance.now()
    }
    await rounds.begin(slotStart(now), problem)
    await rounds.answerRequest(now, problem)
  })
}

/** What is wrong with this scanner, if anything. */
interface Health {
  clock: string | undefined
  nmap: string | undefined
  checkedAt: number
}

/** Answers the database's time, and notes how far ours is off, less what the question took. */
async function checkClock(store: Store, health: Health): Promise<Date> {
  const asked = Date.now()
  const now = await readClock(store)
  const offMs = Math.max(asked - now.getTime(), now.getTime() - Date.now())
  health.clock =
    offMs <= CLOCK_TOLERANCE_MS
      ? undefined
      : `this machine's clock is ${Math.round(offMs / 1_000)} s off the database's: set it (by NTP), nothing is swept until then`
  return now
}

async function checkRights({ config, log, launch }: ScannerOptions, health: Health): Promise<void> {
  const isDue = performance.now() - health.checkedAt >= CHECK_NMAP_EVERY_MS
  const isFirst = health.checkedAt === -Infinity
  if (!isFirst && (health.nmap === undefined || !isDue)) return
  const rights = await checkNmap(config.nmapPath, launch)
  health.nmap = rights.state === 'ready' ? undefined : `${rights.reason}: ${rights.mend}`
  health.checkedAt = performance.now()
  if (health.nmap !== undefined) log.error(health.nmap)
}

/** A lease that ran out while the database was away is taken again, unless somebody else did so first. */
async function holdsEngine(
  store: Store,
  me: EngineIdentity,
  problem: string | undefined,
): Promise<boolean> {
  if (await keepEngine(store, me, problem)) return true
  return (await takeEngine(store, me, undefined)).token === me.token
}

class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

/** A failing round is told once and tried again: the database may be away for a while. */
async function repeat(
  everyMs: number,
  signal: AbortSignal,
  log: Log,
  step: () => Promise<void>,
): Promise<void> {
  let told: string | undefined
  while (!signal.aborted) {
    try {
      await step()
      told = undefined
    } catch (error) {
      if (error instanceof LeaseLost) throw error
      const { message } = error as Error
      if (message !== told) log.error({ err: error }, message)
      told = message
    }
    await pause(everyMs, undefined, { signal }).catch(() => undefined)
  }
}
