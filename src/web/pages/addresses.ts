import type { Request, Response } from 'express'
import type { CatalogPage, CatalogRow } from '../../catalog/query.js'
import { formatIp } from '../../core/address/ip.js'
import { listNameSources } from '../../store/name-state.js'
import { listNetworks, type Network } from '../../store/networks.js'
import {
  type AddressView,
  describeChips,
  describeHeaders,
  describeNetworks,
  type Link,
  lastParam,
  linker,
  PAGE_SIZES,
  readView,
  sortParam,
} from '../address-view.js'
import { drawDays, keyOf } from '../days.js'
import { readFreshness } from '../freshness.js'
import { linkTo, queryOf } from '../input.js'
import { chooseSite, type SiteChoice, siteParam } from '../sites.js'
import { SOURCE_WORDS } from '../sources.js'
import type { Run } from '../strip.js'
import type { Web } from '../web.js'

export async function showAddresses(web: Web, req: Request, res: Response): Promise<void> {
  const now: Date = res.locals.now
  const query = queryOf(req)
  const view = readView(query)
  const [choice, networks, freshness] = await Promise.all([
    chooseSite(web, query),
    listNetworks(web.store),
    readFreshness(web, now),
  ])
  const link = linker(choice, view)
  const common = {
    view,
    link,
    ...freshness,
    headers: describeHeaders(view, link),
    sizes: PAGE_SIZES,
    sites: choice.sites.length > 1 ? choice.sites : [],
    chosenSite: choice.chosen?.name,
    networks: describeNetworks(networks, choice),
    chips: describeChips(view, choice, networks, link),
    searchKeeps: {
      network: view.network,
      sort: sortParam(view),
      last: lastParam(view),
      site: choice.chosen?.name,
    },
  }
  if (!web.catalog.isReady) {
    res.set('Refresh', '2').render('addresses', { ...common, state: 'reading' })
    return
  }
  const answer = await web.catalog.ask({
    ...(choice.chosen === undefined ? {} : { site: choice.chosen.id }),
    ...(view.network === undefined ? {} : { network: view.network }),
    ...(view.match === '' ? {} : { match: view.match }),
    sort: [view.sort],
    offset: (view.page - 1) * view.size,
    limit: view.size,
    now,
  })
  if (answer.ok) {
    const rows = await describeRows(web, answer.value.rows, choice, networks)
    const pager = describePager(answer.value, view, link)
    const { asOf } = answer.value
    res.render('addresses', {
      ...common,
      state: 'table',
      rows,
      pager,
      asOf,
      follows: 'counted',
      refreshes: true,
    })
  } else {
    res.status(400)
    res.render('addresses', { ...common, state: 'mistaken', searchError: answer.error })
  }
}

interface ShownRow {
  readonly ip: string
  readonly href: string
  readonly site: string | undefined
  readonly row: CatalogRow
  readonly strip: readonly Run[]
  readonly cells: number
  /** Who named it, in a word. */
  readonly nameSource: string | undefined
  /** The name's own address is another. */
  readonly isMismatch: boolean
}

async function describeRows(
  web: Web,
  rows: readonly CatalogRow[],
  choice: SiteChoice,
  networks: readonly Network[],
): Promise<ShownRow[]> {
  const [days, sources] = await Promise.all([
    drawDays(web, rows, networks),
    listNameSources(web.store, rows),
  ])
  const named = new Map(sources.map((it) => [keyOf(it), it]))
  return rows.map((row) => {
    const ip = formatIp(row.ip)
    const site = siteParam(choice, row.siteId)
    const { strip, cells } = days.get(keyOf(row))!
    const name = named.get(keyOf(row))
    return {
      ...{ ip, href: linkTo(`/addresses/${ip}`, { site }), site, row, strip, cells },
      nameSource: name && SOURCE_WORDS[name.source],
      isMismatch: name?.forward === 'mismatch',
    }
  })
}

function describePager({ rows, matched, total }: CatalogPage, view: AddressView, link: Link) {
  const pages = Math.max(1, Math.ceil(matched / view.size))
  const from = (view.page - 1) * view.size
  const to = (page: number) => link({ page: page === 1 ? undefined : page })
  return {
    matched,
    total,
    page: view.page,
    pages,
    from: rows.length === 0 ? 0 : from + 1,
    to: from + rows.length,
    first: view.page > 1 ? to(1) : undefined,
    previous: view.page > 1 ? to(Math.min(view.page - 1, pages)) : undefined,
    next: view.page < pages ? to(view.page + 1) : undefined,
    last: view.page < pages ? to(pages) : undefined,
  }
}
