import type { Ip } from '../core/address/ip.js'
import { ALL_ADDRESSES, type Range } from '../core/address/network.js'
import { countAddresses, ROWS_AT_ONCE, readAddressRows } from '../store/address-rows.js'
import { listNetworks } from '../store/networks.js'
import type { Db } from '../store/pool.js'
import { readLastCounted } from '../store/recent.js'
import { listSites } from '../store/sites.js'
import type { Columns } from './columns.js'
import { ColumnsBuilder } from './columns-builder.js'
import type { NetworkPlace } from './scope.js'
import type { Snapshot } from './snapshot.js'

/** A part of the address table. */
export interface Extent {
  readonly siteId: number
  readonly range: Range
}

/** Reads the address table, or an extent of it, in statements of some thousand rows. */
export async function loadSnapshot(db: Db, extent?: Extent): Promise<Snapshot> {
  const asOf = await readLastCounted(db)
  const surroundings = await loadSurroundings(db)
  const siteIds = [...surroundings.timeZones.keys()].sort((a, b) => a - b)
  const whole = siteIds.map((siteId): Extent => ({ siteId, range: ALL_ADDRESSES }))
  const columns = await loadColumns(db, extent === undefined ? whole : [extent])
  return { columns, asOf, ...surroundings }
}

/** What the addresses lie in: the networks and the sites. */
export async function loadSurroundings(db: Db): Promise<Pick<Snapshot, 'networks' | 'timeZones'>> {
  const [networks, sites] = [await listNetworks(db), await listSites(db)]
  return {
    networks: networks.map(
      ({ id, siteId, first, last }): NetworkPlace => ({ id, siteId, first, last }),
    ),
    timeZones: new Map(sites.map((site) => [site.id, site.timeZone])),
  }
}

/** The extents rise by site and address. */
async function loadColumns(db: Db, extents: readonly Extent[]): Promise<Columns> {
  const builder = new ColumnsBuilder(await countAddresses(db))
  for (const { siteId, range } of extents) {
    for (let { first } = range; first <= range.last; ) {
      const rows = await readAddressRows(db, siteId, { first, last: range.last })
      for (const row of rows) builder.add(row)
      if (rows.length < ROWS_AT_ONCE) break
      first = (rows.at(-1)!.ip + 1) as Ip
    }
  }
  return builder.finish()
}
