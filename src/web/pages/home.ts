import { networkInterfaces } from 'node:os'
import type { Request, Response } from 'express'
import { listAttachments } from '../../core/address/attached.js'
import { formatNetwork } from '../../core/address/network.js'
import { DAY_MS } from '../../core/uptime/slot.js'
import { countChanges } from '../../store/change-list.js'
import { listMacConflicts } from '../../store/conflicts.js'
import { listEngines } from '../../store/engine-list.js'
import { listResolvers } from '../../store/resolvers.js'
import { readFreshness } from '../freshness.js'
import { queryOf } from '../input.js'
import { listLapses } from '../lapses.js'
import { chooseSite, siteParam } from '../sites.js'
import { listWatched, type Watched } from '../watched.js'
import type { Web } from '../web.js'

/** What a fresh start watches, until it is told of a network. */
const ITSELF = '127.0.0.0/28'
/** What a redirect to this page may have to say. */
const NEWS: Readonly<Record<string, string>> = {
  'password-changed': 'Your password is changed, and your other sessions are ended.',
}

export async function showHome(web: Web, req: Request, res: Response): Promise<void> {
  const query = queryOf(req)
  const now: Date = res.locals.now
  const choice = await chooseSite(web, query)
  const siteId = choice.chosen?.id
  const since = new Date(now.getTime() - DAY_MS)
  const [watched, engines, changed, conflicts, resolvers, freshness] = await Promise.all([
    listWatched(web, choice, now),
    listEngines(web.store),
    countChanges(web.store, since, siteId),
    listMacConflicts(web.store, { since }, siteId),
    listResolvers(web.store, siteId),
    readFreshness(web, now),
  ])
  const alive = engines.filter(({ isAlive }) => isAlive).map(({ name }) => name)
  const isOnlyItself = watched.every(({ range }) => range === ITSELF)
  res.render('home', {
    news: NEWS[query.news ?? ''],
    watched,
    totals: sumUp(watched),
    lapses: watched.flatMap((it) => listLapses(it)).sort((a, b) => byTime(b.from, a.from)),
    problems: engines.filter(({ isAlive, problem }) => isAlive && problem !== undefined),
    chosenSite: choice.chosen?.name,
    changed,
    conflicts: conflicts.length,
    changedSince: since.toISOString().slice(0, 19),
    failing: resolvers
      .filter(({ failingSince }) => failingSince !== undefined)
      .map((resolver) => ({ ...resolver, site: siteParam(choice, resolver.siteId) })),
    isUnattended: alive.length === 0,
    unattendedSites: choice.sites.filter(
      ({ engine }) => engine !== undefined && !alive.includes(engine),
    ),
    lastHeard: engines
      .map(({ aliveUntil }) => aliveUntil)
      .sort(byTime)
      .at(-1),
    isOnlyItself,
    attached: isOnlyItself ? listAttached() : [],
    isReady: web.catalog.isReady,
    ...freshness,
    refreshes: true,
  })
}

function sumUp(watched: readonly Watched[]) {
  const answering = watched.reduce((sum, { counted }) => sum + (counted?.alive ?? 0), 0)
  const asked = watched.reduce((sum, { counted }) => sum + (counted?.asked ?? 0), 0)
  const known = watched.reduce((sum, it) => sum + (it.known ?? 0), 0)
  return { answering, asked, known }
}

/** The networks at this machine's own interfaces: not asked, only named. */
function listAttached(): { network: string; interfaceName: string }[] {
  const seen = new Map<string, string>()
  for (const { network, interfaceName, isLoopback } of listAttachments(networkInterfaces())) {
    const range = formatNetwork(network)
    if (!isLoopback && !seen.has(range)) seen.set(range, interfaceName)
  }
  return [...seen].map(([network, interfaceName]) => ({ network, interfaceName }))
}

function byTime(a: Date, b: Date): number {
  return a.getTime() - b.getTime()
}
