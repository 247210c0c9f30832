import type { Request, Response } from 'express'
import { formatNetwork } from '../../core/address/network.js'
import { DAY_MS } from '../../core/uptime/slot.js'
import { listNetworks } from '../../store/networks.js'
import { readLastCounted } from '../../store/recent.js'
import { countStates, type ListedSweep, listSweeps, SWEEP_STATES } from '../../store/sweep-list.js'
import { readFreshness } from '../freshness.js'
import { queryOf, readNumber } from '../input.js'
import { chooseSite, siteParam } from '../sites.js'
import type { Web } from '../web.js'

const ROWS = 100
/** What each state means, for whoever meets it for the first time. */
const MEANINGS: Readonly<Record<ListedSweep['state'], string>> = {
  running: 'is being asked',
  counted: 'asked, and its answers are counted',
  blind: 'our own outage: nothing was counted',
  dark: 'all of it fell silent at once: held back before it is believed',
  missed: 'not swept in time: nothing was counted',
  failed: 'broken off: nothing was counted',
  quiet: 'not asked, as a quiet window says',
}

export async function showSweeps(web: Web, req: Request, res: Response): Promise<void> {
  const query = queryOf(req)
  const now: Date = res.locals.now
  const choice = await chooseSite(web, query)
  const networkId = readNumber(query.network, { min: 0, max: 2 ** 32 - 1, otherwise: 0 })
  const state = SWEEP_STATES.find((known) => known === query.state)
  const before = readNumber(query.before, { min: 0, max: Number.MAX_SAFE_INTEGER, otherwise: 0 })
  const filter = {
    siteId: choice.chosen?.id,
    networkId: networkId === 0 ? undefined : networkId,
    state,
    before: before === 0 ? undefined : before,
  }
  const [sweeps, networks, lastDay, freshness] = await Promise.all([
    listSweeps(web.store, filter, ROWS + 1),
    listNetworks(web.store, choice.chosen?.id),
    countStates(web.store, new Date(now.getTime() - DAY_MS)),
    readFreshness(web, now),
  ])
  const page = sweeps.slice(0, ROWS)
  res.render('sweeps', {
    sweeps: page.map((sweep) => ({
      ...sweep,
      site: siteParam(choice, sweep.siteId),
      seconds: secondsOf(sweep),
    })),
    olderThan: sweeps.length > ROWS ? page.at(-1)?.id : undefined,
    isFirst: filter.before === undefined,
    states: SWEEP_STATES,
    meanings: MEANINGS,
    networks: networks.map((network) => ({ ...network, range: formatNetwork(network) })),
    chosen: { site: choice.chosen?.name, network: filter.networkId, state },
    lastDay,
    ...freshness,
    refreshes: filter.before === undefined,
  })
}

/** What an open page asks to learn whether it is out of date: when a sweep last ended, and was last counted. */
export async function showPulse(web: Web, _req: Request, res: Response): Promise<void> {
  const [{ asOf, nextAt }, counted] = await Promise.all([
    readFreshness(web, new Date()),
    readLastCounted(web.store),
  ])
  const tell = (instant: Date | undefined) => instant?.toISOString() ?? null
  res.json({ finished: tell(asOf), counted: tell(counted), next: tell(nextAt) })
}

function secondsOf({ started, finished }: ListedSweep): number | undefined {
  return finished && (finished.getTime() - started.getTime()) / 1_000
}
