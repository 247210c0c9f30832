import type { Request, Response } from 'express'
import { formatIp, type Ip, parseIp } from '../../core/address/ip.js'
import { contains, formatNetwork, formatRange } from '../../core/address/network.js'
import { percentActive } from '../../core/uptime/counters.js'
import { dayOf, localSlots, SLOTS_PER_DAY, slotOf } from '../../core/uptime/slot.js'
import { readAddress } from '../../store/addresses.js'
import { readCounters } from '../../store/counters.js'
import { listExclusions } from '../../store/exclusions.js'
import { listNetworks } from '../../store/networks.js'
import { drawCalendar } from '../calendar.js'
import { Refusal } from '../errors.js'
import { readFreshness } from '../freshness.js'
import { readIdentity } from '../identity.js'
import { queryOf } from '../input.js'
import { drawLastDay, readPresence } from '../presence.js'
import { chooseSite, siteParam } from '../sites.js'
import { cellsOf, clockAt, joinCells } from '../strip.js'
import type { Web } from '../web.js'

export async function showAddress(web: Web, req: Request, res: Response): Promise<void> {
  const parsed = parseIp(String(req.params.ip))
  if (!parsed.ok) throw new Refusal(404, `${parsed.error}.`)
  const ip = parsed.value
  const now: Date = res.locals.now
  const choice = await chooseSite(web, queryOf(req))
  const { site } = choice
  const key = { siteId: site.id, ip }
  const [address, networks, exclusions, freshness] = await Promise.all([
    readAddress(web.store, key),
    listNetworks(web.store, site.id),
    listExclusions(web.store, site.id),
    readFreshness(web, now),
  ])
  const network = networks.find((it) => contains(it, ip))
  const [pair, presence, identity] = await Promise.all([
    readCounters(web.store, key, address?.firstSeen, site.timeZone),
    readPresence(web.store, key, network?.id, now),
    readIdentity(web, key, address, now),
  ])
  const cells = cellsOf(pair, SLOTS_PER_DAY)
  const slotsPerCell = (network?.sweepMinutes ?? 5) / 5
  const stripCells = SLOTS_PER_DAY / slotsPerCell
  res.render('address', {
    ip: formatIp(ip),
    site: choice.sites.length > 1 ? site.name : undefined,
    siteParam: siteParam(choice, site.id),
    timeZone: site.timeZone,
    address: address && {
      ...address,
      percent: percentActive(address.active, address.total),
    },
    identity,
    hasAnswered: address?.firstSeen !== undefined,
    daysOffline: address?.lastActive && wholeDaysSince(address.lastActive, now),
    network: network && { ...network, range: formatNetwork(network) },
    exclusions: exclusions
      .filter((exclusion) => contains(exclusion, ip))
      .map((exclusion) => ({ ...exclusion, range: formatRange(exclusion) })),
    strip: joinCells(cellsOf(pair, stripCells), clockAt(stripCells)),
    stripCells,
    nowAt: localSlots(dayOf(now), site.timeZone)[slotOf(now)]! / slotsPerCell,
    hours: inHours(cells),
    lastDay: drawLastDay(presence, now, slotsPerCell),
    calendar: drawCalendar(presence, now),
    neighbours: { before: neighbour(ip, -1), after: neighbour(ip, 1) },
    ...freshness,
    refreshes: true,
  })
}

/** The 288 cells as a table's 24 rows of 12. */
function inHours(cells: ReturnType<typeof cellsOf>) {
  return Array.from({ length: 24 }, (_, hour) =>
    cells.slice(12 * hour, 12 * hour + 12).map((cell) => ({
      ...cell,
      percent: percentActive(cell.active, cell.total),
    })),
  )
}

function wholeDaysSince(instant: Date, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - instant.getTime()) / 86_400_000))
}

function neighbour(ip: Ip, step: number): string | undefined {
  const other = ip + step
  return other >= 0 && other <= 0xffffffff ? formatIp(other) : undefined
}
