import type { Parsed } from '../core/address/ip.js'
import type { CounterPair } from '../core/uptime/counters.js'
import type { Log } from '../log.js'
import type { AddressKey } from '../store/counters.js'
import type { StoreAddress } from '../store/pool.js'
import { CatalogThread } from './catalog-thread.js'
import type { CatalogPage, CatalogQuery } from './query.js'

/** The address table in memory, in a thread of its own, a second or two behind the database. */
export interface Catalog {
  /** False until everything was read for the first time, and while the thread is started again. */
  readonly isReady: boolean
  /**
   * A page of addresses; a pattern that is not taken is `{ok: false}`. Waits where not everything was
   * read yet. Throws DatabaseUnavailable where there is no answer in four seconds.
   */
  ask(query: CatalogQuery): Promise<Parsed<CatalogPage>>
  /**
   * The 288-slot counters of some addresses, by `site/ip` as numbers, exact to the last counted sweep
   * that was taken in. Throws DatabaseUnavailable.
   */
  strips(keys: readonly AddressKey[]): Promise<Map<string, CounterPair>>
  close(): Promise<void>
}

/** Starts the thread; where it ends by itself it is started again, later each time. */
export function openCatalog(address: StoreAddress, log: Log): Catalog {
  return new CatalogThread({ address, logLevel: log.level }, log)
}
