import type { Parsed } from '../core/address/ip.js'
import { ALL_ADDRESSES } from '../core/address/network.js'
import { MAIN_SITE } from '../core/address/site.js'
import { describeClash, findClash, type Ground } from '../core/scan/admission.js'
import { countKept, forgetRange } from './forget.js'
import { lockGround } from './ground.js'
import type { Db, Store } from './pool.js'

/** A separate address space: the same address in two sites is two hosts. */
export interface Site {
  readonly id: number
  readonly name: string
  readonly tag: string
  readonly timeZone: string
  /** The one engine that sweeps it; absent, any may. */
  readonly engine: string | undefined
}

/** `main`, made where there is no site at all; whatever it was renamed to, the oldest is answered. */
export async function ensureMainSite(db: Db, timeZone: string, now: Date): Promise<Site> {
  const [oldest] = await listSites(db)
  if (oldest !== undefined) return oldest
  await db.run(
    `INSERT INTO site (name, time_zone, created_at) VALUES (?, ?, ?)
     ON DUPLICATE KEY UPDATE id = id`,
    [MAIN_SITE, timeZone, now],
  )
  return (await findSite(db, MAIN_SITE))!
}

/** The oldest first. */
export async function listSites(db: Db): Promise<Site[]> {
  const rows = await db.query<SiteRow>(
    'SELECT id, name, tag, time_zone, engine FROM site ORDER BY id',
  )
  return rows.map(toSite)
}

export async function findSite(db: Db, name: string): Promise<Site | undefined> {
  const [row] = await db.query<SiteRow>(
    'SELECT id, name, tag, time_zone, engine FROM site WHERE name = ?',
    [name],
  )
  return row && toSite(row)
}

export function addSite(store: Store, site: Omit<Site, 'id'>, now: Date): Promise<Parsed<Site>> {
  return store.transaction(async (tx) => {
    const taken = refuseTakenName(await lockGround(tx), { name: site.name })
    if (taken !== undefined) return taken
    const added = await tx.run(
      'INSERT INTO site (name, tag, time_zone, engine, created_at) VALUES (?, ?, ?, ?, ?)',
      [site.name, site.tag, site.timeZone, site.engine ?? null, now],
    )
    return { ok: true, value: { ...site, id: added.insertId } }
  })
}

/** Saves what was changed of a site; the time zone only while nothing was counted in it. */
export function editSite(store: Store, site: Site): Promise<Parsed<Site>> {
  return store.transaction(async (tx) => {
    const ground = await lockGround(tx)
    const before = (await listSites(tx)).find((known) => known.id === site.id)
    if (before === undefined) return refuse(`site ${site.name} is gone`)
    const taken = refuseTakenName(ground, site)
    if (taken !== undefined) return taken
    if (before.timeZone !== site.timeZone && (await wasCounted(tx, site.id))) {
      return refuse(
        `site ${before.name} was counted in ${before.timeZone}, which is fixed from then on: add another site for another time zone`,
      )
    }
    const clash = findClashOfSite(site, ground)
    if (clash !== undefined) return refuse(clash)
    await tx.run('UPDATE site SET name = ?, tag = ?, time_zone = ?, engine = ? WHERE id = ?', [
      site.name,
      site.tag,
      site.timeZone,
      site.engine ?? null,
      site.id,
    ])
    return { ok: true, value: site }
  })
}

/** Whether anything was counted for a site: from then on its time zone is fixed. */
export async function wasCounted(db: Db, siteId: number): Promise<boolean> {
  const [row] = await db.query<{ counted: number }>(
    `SELECT EXISTS (SELECT 1 FROM counter WHERE site_id = ?)
       OR EXISTS (SELECT 1 FROM presence_slot WHERE site_id = ?)
       OR EXISTS (SELECT 1 FROM presence_day WHERE site_id = ?) AS counted`,
    [siteId, siteId, siteId],
  )
  return row?.counted === 1
}

/** Removes a site without networks; with `forget`, also the history that removed networks left in it. */
export async function removeSite(
  store: Store,
  site: Site,
  { forget }: { readonly forget: boolean },
): Promise<Parsed<undefined>> {
  const refusal = await store.transaction((tx) => refuseRemoval(tx, site, forget))
  if (refusal !== undefined) return { ok: false, error: refusal }
  await forgetRange(store, site.id, ALL_ADDRESSES)
  return store.transaction(async (tx) => {
    const late = await refuseRemoval(tx, site, forget)
    if (late !== undefined) return { ok: false, error: late }
    await tx.run('DELETE FROM exclusion WHERE site_id = ?', [site.id])
    await tx.run('DELETE FROM fragile_range WHERE site_id = ?', [site.id])
    for (const table of ['site_naming', 'resolver', 'expected_duplicate'] as const) {
      await tx.run(`DELETE FROM ${table} WHERE site_id = ?`, [site.id])
    }
    await tx.run('DELETE FROM site WHERE id = ?', [site.id])
    return { ok: true, value: undefined }
  })
}

async function refuseRemoval(tx: Db, site: Site, forget: boolean): Promise<string | undefined> {
  const { sites, plots } = await lockGround(tx)
  if (sites.length === 1) return `${site.name} is the only site: there must be one`
  const networks = plots.filter((plot) => plot.siteId === site.id).length
  if (networks > 0) {
    return `site ${site.name} has ${networks === 1 ? 'a network' : `${networks} networks`}: remove first what "ipspace networks list --site ${site.name}" shows`
  }
  const kept = await countKept(tx, site.id, ALL_ADDRESSES)
  return kept === 0 || forget
    ? undefined
    : `site ${site.name} keeps the history of ${kept} address${kept === 1 ? '' : 'es'}: add --forget to lose it`
}

function refuseTakenName(
  { sites }: Ground,
  site: { readonly id?: number; readonly name: string },
): ReturnType<typeof refuse> | undefined {
  const isTaken = sites.some(
    (other) => other.id !== site.id && other.name.toLowerCase() === site.name.toLowerCase(),
  )
  return isTaken ? refuse(`there is a site ${site.name} already: choose another name`) : undefined
}

/** Another engine may bring two sites' equal addresses together. */
function findClashOfSite(site: Site, ground: Ground): string | undefined {
  const sites = ground.sites.map((known) => (known.id === site.id ? site : known))
  for (const plot of ground.plots.filter((own) => own.siteId === site.id)) {
    const clash = findClash(plot, { ...ground, sites })
    if (clash !== undefined) return describeClash(plot, clash, { ...ground, sites })
  }
  return undefined
}

function refuse(error: string): { readonly ok: false; readonly error: string } {
  return { ok: false, error }
}

interface SiteRow {
  id: number
  name: string
  tag: string
  time_zone: string
  engine: string | null
}

function toSite(row: SiteRow): Site {
  return {
    id: row.id,
    name: row.name,
    tag: row.tag,
    timeZone: row.time_zone,
    engine: row.engine ?? undefined,
  }
}
