import { type Ip, LAST_IP } from '../core/address/ip.js'
import type { Range } from '../core/address/network.js'
import { type Columns, type Stretch, stretchOf } from './columns.js'
import type { CatalogQuery } from './query.js'

/** A network as the catalog needs it. */
export interface NetworkPlace extends Range {
  readonly id: number
  readonly siteId: number
}

/** The rows of a query's site and network, rising. `networks` rise by site and address. */
export function scopeOf(
  columns: Columns,
  networks: readonly NetworkPlace[],
  query: Pick<CatalogQuery, 'site' | 'network'>,
): Stretch[] {
  const whole = siteStretch(columns, query.site)
  if (query.network === undefined) return [whole]
  const own = networks.filter((it) => query.site === undefined || it.siteId === query.site)
  const stretches = (
    query.network === 'none' ? own : own.filter((it) => it.id === query.network)
  ).map((network) => stretchOf(columns, network.siteId, network))
  return query.network === 'none' ? between(whole, stretches) : stretches
}

export function siteStretch(columns: Columns, siteId: number | undefined): Stretch {
  return siteId === undefined
    ? { from: 0, to: columns.size }
    : stretchOf(columns, siteId, { first: 0 as Ip, last: LAST_IP })
}

export function countRows(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, { from, to }) => sum + to - from, 0)
}

/** The network that an address lies in. */
export function findNetworkOf(
  networks: readonly NetworkPlace[],
  siteId: number,
  ip: number,
): NetworkPlace | undefined {
  let low = 0
  let high = networks.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const { siteId: site, first } = networks[middle]!
    if (site < siteId || (site === siteId && first <= ip)) low = middle + 1
    else high = middle
  }
  const candidate = networks[low - 1]
  return candidate?.siteId === siteId && candidate.last >= ip ? candidate : undefined
}

/** What of a stretch lies in none of some stretches, which rise and do not overlap. */
function between(whole: Stretch, stretches: readonly Stretch[]): Stretch[] {
  const edges = [whole.from, ...stretches.flatMap(({ from, to }) => [from, to]), whole.to]
  const gaps: Stretch[] = []
  for (let index = 0; index < edges.length; index += 2) {
    const [from = 0, to = 0] = [edges[index], edges[index + 1]]
    if (from < to) gaps.push({ from, to })
  }
  return gaps
}
