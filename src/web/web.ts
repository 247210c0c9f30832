import type { Catalog } from '../catalog/catalog.js'
import type { Config } from '../config.js'
import type { Log } from '../log.js'
import type { Store } from '../store/pool.js'

/** What every page may use. */
export interface Web {
  readonly store: Store
  readonly catalog: Catalog
  readonly config: Config
  readonly log: Log
}
