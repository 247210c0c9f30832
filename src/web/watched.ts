import { formatNetwork } from '../core/address/network.js'
import { nextBoundary } from '../core/scan/schedule.js'
import { DAY_MS, SLOT_MS } from '../core/uptime/slot.js'
import { listNetworks, type Network } from '../store/networks.js'
import { listNetworkSlots, type NetworkSlot } from '../store/sweep-list.js'
import { type SiteChoice, siteParam } from './sites.js'
import { type Cell, cellOf, joinCells, type Run } from './strip.js'
import type { Web } from './web.js'

/** A network with what its sweeps came to, for a table's row. */
export interface Watched {
  readonly network: Network
  readonly range: string
  /** Undefined while there is only one site. */
  readonly site: string | undefined
  /** Addresses that are in the address table; undefined until it was read. */
  readonly known: number | undefined
  /** The newest slot that has come to an end, and the newest that was counted. */
  readonly last: NetworkSlot | undefined
  readonly counted: NetworkSlot | undefined
  readonly isRunning: boolean
  readonly nextAt: Date | undefined
  readonly day: readonly Run[]
  readonly cells: number
}

export async function listWatched(web: Web, choice: SiteChoice, now: Date): Promise<Watched[]> {
  const since = new Date(Math.floor((now.getTime() - DAY_MS) / SLOT_MS + 1) * SLOT_MS)
  const [networks, slots] = await Promise.all([
    listNetworks(web.store, choice.chosen?.id),
    listNetworkSlots(web.store, since),
  ])
  return Promise.all(
    networks.map(async (network) => {
      const own = slots.filter((slot) => slot.networkId === network.id)
      const known = await countInTable(web, network, now)
      const ended = own.filter((slot) => slot.state !== 'running')
      const cells = 1_440 / network.sweepMinutes
      return {
        network,
        range: formatNetwork(network),
        site: siteParam(choice, network.siteId),
        known,
        last: ended.at(-1),
        counted: ended.findLast((slot) => slot.state === 'counted'),
        isRunning: own.at(-1)?.state === 'running',
        nextAt: network.enabled ? nextBoundary(network, now) : undefined,
        day: drawDay(own, known, since, network.sweepMinutes),
        cells,
      }
    }),
  )
}

/** The last 24 hours: of the known addresses, how many answered in each sweep. */
function drawDay(
  slots: readonly NetworkSlot[],
  known: number | undefined,
  since: Date,
  sweepMinutes: number,
): Run[] {
  const stepMs = sweepMinutes * 60_000
  const first = Math.ceil(since.getTime() / stepMs)
  const byStep = new Map(slots.map((slot) => [Math.floor(slot.slotAt.getTime() / stepMs), slot]))
  const cells = Array.from({ length: 1_440 / sweepMinutes }, (_, index): Cell => {
    const slot = byStep.get(first + index)
    if (slot === undefined || slot.state === 'running') return cellOf(0, 0)
    if (slot.state !== 'counted') return { active: 0, total: 0, level: 'blind' }
    return cellOf(slot.alive, Math.max(slot.alive, known ?? slot.asked))
  })
  const timeAt = (edge: number) => new Date((first + edge) * stepMs).toISOString().slice(11, 16)
  return joinCells(cells, timeAt)
}

async function countInTable(web: Web, network: Network, now: Date): Promise<number | undefined> {
  if (!web.catalog.isReady) return undefined
  const answer = await web.catalog.ask({ network: network.id, offset: 0, limit: 0, now })
  return answer.ok ? answer.value.matched : undefined
}
