import type { Config } from '../src/config.js'
import type { Exclusion } from '../src/core/address/exclusion.js'
import type { Range } from '../src/core/address/network.js'
import type { Log } from '../src/log.js'
import type { Network } from '../src/store/networks.js'
import type { Store } from '../src/store/pool.js'
import type { Site } from '../src/store/sites.js'

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

/** One part of one network at one slot, with what decides how it is swept. */
export interface PartToSweep {
  readonly site: Site
  readonly network: Network
  readonly exclusions: readonly Exclusion[]
  readonly part: number
  readonly range: Range
  readonly slotAt: Date
  readonly deadline: Date
  readonly packetsPerSecond: number
}

/** What a job is given that asks no network. */
export interface KeepingContext {
  readonly store: Store
  readonly log: Log
  readonly now: Date
  readonly signal: AbortSignal
}

/** What every job is given. */
export interface JobContext extends KeepingContext {
  readonly nmapPath: string
  /** Words put before nmap, as for sweeps. */
  readonly launch: readonly string[]
  /** A job that asks the network keeps to the sites of this engine. */
  readonly engine: string
}

export interface ScannerOptions {
  readonly store: Store
  readonly config: Config
  readonly log: Log
  readonly launch: readonly string[]
  readonly signal: AbortSignal
  readonly onReady?: () => void
}
