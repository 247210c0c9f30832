import type { Ip } from '../core/address/ip.js'
import { contains } from '../core/address/network.js'
import type { CounterPair } from '../core/uptime/counters.js'
import { type Day, dayOf, instantOf } from '../core/uptime/slot.js'
import { type AddressDay, readAddressDays } from '../store/address-days.js'
import { type Address, readAddress } from '../store/addresses.js'
import { readCounters } from '../store/counters.js'
import { listExclusions, type SiteExclusion } from '../store/exclusions.js'
import { listNetworks, type Network } from '../store/networks.js'
import type { Store } from '../store/pool.js'
import { listSites, type Site } from '../store/sites.js'
import { listUncountedSlots } from '../store/sweep-list.js'
import { readSystemFacts, type SystemFacts } from './system-text.js'

const FIRST_DAY = 0 as Day

/** All that is known of one address. */
export interface AddressFacts {
  readonly ip: Ip
  readonly now: Date
  readonly site: Site
  readonly isOnlySite: boolean
  readonly network: Network | undefined
  readonly exclusions: readonly SiteExclusion[]
  /** Undefined: it has never answered, and nobody has written of it. */
  readonly address: Address | undefined
  /** Its hardware and operating system. */
  readonly system: SystemFacts | undefined
  readonly counters: CounterPair
  /** Every day of UTC that is kept of it. */
  readonly days: ReadonlyMap<Day, AddressDay>
  /** Slots, as milliseconds, in which its network was due and not counted. */
  readonly uncounted: ReadonlySet<number>
}

/** Reads what is known; of the last `days` also which slots were not counted. */
export async function readFacts(
  store: Store,
  ip: Ip,
  site: Site,
  days: number,
  now: Date,
): Promise<AddressFacts> {
  const key = { siteId: site.id, ip }
  const [sites, networks, exclusions, address, system] = await Promise.all([
    listSites(store),
    listNetworks(store, site.id),
    listExclusions(store, site.id),
    readAddress(store, key),
    readSystemFacts(store, key),
  ])
  const network = networks.find((it) => contains(it, ip))
  const since = instantOf((dayOf(now) - days + 1) as Day)
  return {
    ...{ ip, now, site, network, address, system },
    isOnlySite: sites.length === 1,
    exclusions: exclusions.filter((it) => contains(it, ip)),
    counters: await readCounters(store, key, address?.firstSeen, site.timeZone),
    days: await store.transaction((tx) => readAddressDays(tx, key, FIRST_DAY, dayOf(now))),
    uncounted: new Set(
      network && (await listUncountedSlots(store, network.id, since)).map((at) => at.getTime()),
    ),
  }
}
