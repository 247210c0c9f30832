import type { Log } from '../src/log.js'
import type { Store } from '../src/store/pool.js'

/** What every sweep of one process shares. */
export interface SweepContext {
  readonly store: Store
  readonly log: Log
  readonly nmapPath: string
  /** Words put before nmap, so that it runs as an ordinary user with the right to send raw packets. */
  readonly launch: readonly string[]
  /** How this process signs its claims. */
  readonly engine: string
  readonly token: string
  readonly signal: AbortSignal
  readonly darkHours: number
  readonly onProgress?: (asked: number, answered: number) => void
}
