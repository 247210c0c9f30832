import { formatNetwork } from '../core/address/network.js'
import { nextBoundary } from '../core/scan/schedule.js'
import { DAY_MS } from '../core/uptime/slot.js'
import { listNetworkSlots, type NetworkSlot } from '../store/network-slots.js'
import { listNetworks, type Network } from '../store/networks.js'
import { type SiteChoice, siteParam } from './sites.js'
import { type Cell, cellOf, joinCells, type Run } from './strip.js'
import type { Web } from './web.js'

/** Half hours, as in every table's row. */
const STRIP_CELLS = 48
const LAPSES: readonly NetworkSlot['state'][] = ['blind', 'dark', 'missed', 'failed']

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
  /** Of the last 24 hours, oldest first. */
  readonly slots: readonly NetworkSlot[]
  readonly day: readonly Run[]
  readonly cells: number
}

export async function listWatched(web: Web, choice: SiteChoice, now: Date): Promise<Watched[]> {
  const since = new Date(now.getTime() - DAY_MS)
  const [networks, slotsByNetwork] = await Promise.all([
    listNetworks(web.store, choice.chosen?.id),
    listNetworkSlots(web.store, since),
  ])
  return Promise.all(
    networks.map(async (network) => {
      const own = slotsByNetwork.get(network.id) ?? []
      const known = await countInTable(web, network, now)
      const ended = own.filter((slot) => slot.state !== 'running')
      const cells = Math.min(STRIP_CELLS, 1_440 / network.sweepMinutes)
      return {
        network,
        range: formatNetwork(network),
        site: siteParam(choice, network.siteId),
        known,
        last: ended.at(-1),
        counted: ended.findLast((slot) => slot.state === 'counted'),
        isRunning: own.at(-1)?.state === 'running',
        nextAt: network.enabled ? nextBoundary(network, now) : undefined,
        slots: own,
        day: drawDay(own, known, now, cells),
        cells,
      }
    }),
  )
}

/** The last 24 hours: of the known addresses, how many answered, in half hours or the network's interval. */
function drawDay(
  slots: readonly NetworkSlot[],
  known: number | undefined,
  now: Date,
  cells: number,
): Run[] {
  const stepMs = DAY_MS / cells
  const first = Math.floor(now.getTime() / stepMs) - cells + 1
  const byCell = Array.from({ length: cells }, (): NetworkSlot[] => [])
  for (const slot of slots) byCell[Math.floor(slot.slotAt.getTime() / stepMs) - first]?.push(slot)
  const timeAt = (edge: number) => new Date((first + edge) * stepMs).toISOString().slice(11, 16)
  return joinCells(
    byCell.map((own) => drawCell(own, known)),
    timeAt,
  )
}

/** Hatched where half of what was due, or more, was not counted. */
function drawCell(slots: readonly NetworkSlot[], known: number | undefined): Cell {
  const counted = slots.filter(({ state }) => state === 'counted')
  const lapsed = slots.filter(({ state }) => LAPSES.includes(state))
  if (lapsed.length > 0 && lapsed.length >= counted.length) {
    return { active: 0, total: 0, level: 'blind' }
  }
  const sum = (figureOf: (slot: NetworkSlot) => number) =>
    counted.reduce((total, slot) => total + figureOf(slot), 0)
  return cellOf(
    sum(({ alive }) => alive),
    sum(({ alive, asked }) => Math.max(alive, known ?? asked)),
  )
}

async function countInTable(web: Web, network: Network, now: Date): Promise<number | undefined> {
  if (!web.catalog.isReady) return undefined
  const answer = await web.catalog.ask({ network: network.id, offset: 0, limit: 0, now })
  return answer.ok ? answer.value.matched : undefined
}
