import { listSites, type Site } from '../store/sites.js'
import { Refusal } from './errors.js'
import type { Fields } from './input.js'
import type { Web } from './web.js'

/** The sites there are, and the one that was asked for by name. While there is only one, it is not named. */
export interface SiteChoice {
  readonly sites: readonly Site[]
  readonly chosen: Site | undefined
  /** The chosen one, or the oldest. */
  readonly site: Site
}

export async function chooseSite(web: Web, query: Fields): Promise<SiteChoice> {
  const sites = await listSites(web.store)
  const chosen = sites.find((site) => site.name === query.site)
  const site = chosen ?? sites[0]
  if (site === undefined) throw new Refusal(404, 'There is no site yet: start the scanner once.')
  if (chosen === undefined && query.site !== undefined && query.site !== '') {
    throw new Refusal(404, 'There is no site of that name.')
  }
  return { sites, chosen, site }
}

/** How a link names a site: not at all while there is only one. */
export function siteParam(choice: SiteChoice, siteId: number): string | undefined {
  return choice.sites.length > 1 ? choice.sites.find((site) => site.id === siteId)?.name : undefined
}
