import { userInfo } from 'node:os'
import { cite } from '../core/address/cite.js'
import type { Parsed } from '../core/address/ip.js'
import { formatNetwork } from '../core/address/network.js'
import { findNetworks, listNetworks, type Network } from '../store/networks.js'
import type { Db } from '../store/pool.js'
import { listSites, type Site } from '../store/sites.js'
import { UsageMistake } from './mistakes.js'

/** The site that `--site` names; without it, the only one. */
export async function pickSite(db: Db, name: string | undefined): Promise<Site> {
  const sites = await listSites(db)
  const [only] = sites
  if (name === undefined && only !== undefined && sites.length === 1) return only
  const site = sites.find((known) => known.name === name)
  if (site !== undefined) return site
  const names = sites.map((known) => known.name).join(', ')
  throw new UsageMistake(
    name === undefined
      ? `there are several sites: say which with --site: ${names}`
      : `there is no site ${cite(name)}: choose ${names}`,
  )
}

/** The site that a list is narrowed to, if any. */
export async function pickSiteOfList(db: Db, name: string | undefined): Promise<Site | undefined> {
  return name === undefined ? undefined : pickSite(db, name)
}

/** The one network that a person means by an id, a range or a name. */
export async function pickNetwork(db: Db, site: string | undefined, key: string): Promise<Network> {
  const siteId = (await pickSiteOfList(db, site))?.id
  const found = await findNetworks(db, siteId, key)
  if (found.length === 1) return found[0]!
  if (found.length > 1) {
    const ways = found.map((network) => `${network.id} (${formatNetwork(network)})`).join(', ')
    throw new UsageMistake(`${cite(key)} stands for several networks: give the id: ${ways}`)
  }
  const all = await listNetworks(db, siteId)
  const hint = all.length === 0 ? 'none is there yet' : 'see "ipspace networks list"'
  throw new UsageMistake(`there is no network ${cite(key)}: ${hint}`)
}

/** The value, or the mistake that ends the command. */
export function must<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value
  throw new UsageMistake(parsed.error)
}

/** Who asks, as requests and the history name them. */
export function whoAsks(): string {
  try {
    return `command line (${userInfo().username})`.slice(0, 64)
  } catch {
    return `command line (${process.getuid?.() ?? 'unknown'})`
  }
}
