import type { Columns } from './columns.js'
import type { NetworkPlace } from './scope.js'

/** The catalog at one moment. Never changed: what is new makes another snapshot. */
export interface Snapshot {
  readonly columns: Columns
  /** Rising by site and address. */
  readonly networks: readonly NetworkPlace[]
  /** By the sites' ids. */
  readonly timeZones: ReadonlyMap<number, string>
  /** When the last counted part that is in here was finished. */
  readonly asOf: Date | undefined
}
