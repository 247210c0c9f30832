import { randomUUID } from 'node:crypto'
import type { SweepContext } from '../../cron/context.js'
import { parseNetwork } from '../../src/core/address/network.js'
import { openLog } from '../../src/log.js'
import { listNetworks, type Network } from '../../src/store/networks.js'
import type { Store } from '../../src/store/pool.js'
import { ensureMainSite, type Site } from '../../src/store/sites.js'

export const NMAP = '/usr/bin/nmap'

/** What a scanner's process shares, for tests that sweep within their own. */
export function makeContext(store: Store, given: Partial<SweepContext> = {}): SweepContext {
  return {
    store,
    log: openLog('test', 'silent'),
    nmapPath: NMAP,
    launch: [],
    engine: 'test',
    token: randomUUID(),
    signal: new AbortController().signal,
    darkHours: 24,
    ...given,
  }
}

/** A network as it stands in the database, without the checks of adding one. */
export async function plantNetwork(
  store: Store,
  range: string,
  packetsPerSecond = 2_000,
): Promise<{ site: Site; network: Network }> {
  const site = await ensureMainSite(store, 'Europe/Berlin', new Date())
  const parsed = parseNetwork(range)
  if (!parsed.ok) throw new Error(parsed.error)
  const { first, last, prefixLength } = parsed.value
  const { insertId } = await store.run(
    `INSERT INTO network (site_id, first, last, prefix_length, packets_per_second, created_at)
     VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP())`,
    [site.id, first, last, prefixLength ?? null, packetsPerSecond],
  )
  const network = (await listNetworks(store)).find((it) => it.id === insertId)
  return { site, network: network! }
}
