import type { ChildProcess } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import type { Log } from '../log.js'

export interface Service {
  readonly name: string
  /** Starts it; resolves once it runs as far as that can be told. */
  start(): Promise<ChildProcess>
  /** How long it may take to end in order before it is killed. */
  readonly graceMs: number
}

export interface Delays {
  readonly firstMs: number
  readonly longestMs: number
  /** Whoever has run this long begins again with the first delay. */
  readonly steadyMs: number
}

const DELAYS: Delays = { firstMs: 1_000, longestMs: 60_000, steadyMs: 60_000 }
const HURRIED_GRACE_MS = 500

/** Keeps services running, and stops them in the order opposite to their start. */
export class Supervisor {
  readonly #kept: { service: Service; child: ChildProcess | undefined; ended: Promise<void> }[] = []
  readonly #stopping = new AbortController()
  readonly #hurrying = new AbortController()

  constructor(
    private readonly log: Log,
    private readonly delays: Delays = DELAYS,
  ) {}

  /** Starts a service, or takes over one that runs, and starts it again whenever it ends. */
  keep(service: Service, running?: ChildProcess): void {
    const kept = { service, child: running, ended: Promise.resolve() }
    kept.ended = this.#keepRunning(kept)
    this.#kept.push(kept)
  }

  /** Asks each to end, the last started first, and waits for it; who does not in time is killed. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const kept of this.#kept.toReversed()) {
      if (kept.child !== undefined) await this.#end(kept.service, kept.child)
      await kept.ended
    }
  }

  /** Has a stop that is under way kill instead of wait. */
  hurry(): void {
    this.#hurrying.abort()
  }

  async #keepRunning(kept: { service: Service; child: ChildProcess | undefined }): Promise<void> {
    let delayMs = this.delays.firstMs
    while (!this.#stopping.signal.aborted) {
      const began = Date.now()
      const how = await this.#runOnce(kept)
      if (this.#stopping.signal.aborted) return
      if (Date.now() - began >= this.delays.steadyMs) delayMs = this.delays.firstMs
      this.log.warn(`the ${kept.service.name} ${how}; starting it again in ${delayMs / 1000} s`)
      await pause(delayMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
      delayMs = Math.min(delayMs * 2, this.delays.longestMs)
    }
  }

  /** Until it ends; answers how that came. */
  async #runOnce(kept: { service: Service; child: ChildProcess | undefined }): Promise<string> {
    try {
      const child = kept.child ?? (await kept.service.start())
      kept.child = child
      if (this.#stopping.signal.aborted) await this.#end(kept.service, child)
      return await waitForEnd(child)
    } catch (error) {
      return `did not start: ${(error as Error).message}`
    } finally {
      kept.child = undefined
    }
  }

  async #end(service: Service, child: ChildProcess): Promise<void> {
    const ended = waitForEnd(child)
    child.kill('SIGTERM')
    const inTime = await Promise.race([ended, this.#patience(service)])
    if (inTime !== undefined) return
    this.log.warn(`the ${service.name} did not end in time and is killed`)
    child.kill('SIGKILL')
    await ended
  }

  async #patience(service: Service): Promise<undefined> {
    const signal = this.#hurrying.signal
    const wait = signal.aborted ? HURRIED_GRACE_MS : service.graceMs
    const options = signal.aborted ? { ref: false } : { ref: false, signal }
    await pause(wait, undefined, options).catch(() =>
      pause(HURRIED_GRACE_MS, undefined, { ref: false }),
    )
    return undefined
  }
}

function waitForEnd(child: ChildProcess): Promise<string> {
  const tell = (code: number | null, signal: NodeJS.Signals | null) =>
    signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`
  if (child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve(tell(child.exitCode, child.signalCode))
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(tell(code, signal)))
  })
}
