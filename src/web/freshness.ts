import { nextBoundary } from '../core/scan/schedule.js'
import { listNetworks } from '../store/networks.js'
import { readLastFinished } from '../store/sweep-list.js'
import type { Web } from './web.js'

/** How old a page's figures are: when the last sweep came to its end, and when the next begins. */
export interface Freshness {
  readonly asOf: Date | undefined
  readonly nextAt: Date | undefined
}

export async function readFreshness(web: Web, now: Date): Promise<Freshness> {
  const [asOf, networks] = await Promise.all([readLastFinished(web.store), listNetworks(web.store)])
  const starts = networks
    .filter((network) => network.enabled)
    .map((network) => nextBoundary(network, now).getTime())
  return { asOf, nextAt: starts.length === 0 ? undefined : new Date(Math.min(...starts)) }
}
