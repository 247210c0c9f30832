import type { Db } from './pool.js'

/** Where one site's names are asked for, and in which order its sources are believed; empty: as everywhere. */
export interface SiteNaming {
  readonly resolvers: string
  readonly sourceOrder: string
}

export async function readSiteNaming(db: Db, siteId: number): Promise<SiteNaming> {
  const [row] = await db.query<{ resolvers: string; source_order: string }>(
    'SELECT resolvers, source_order FROM site_naming WHERE site_id = ?',
    [siteId],
  )
  return { resolvers: row?.resolvers ?? '', sourceOrder: row?.source_order ?? '' }
}

export async function keepSiteNaming(db: Db, siteId: number, naming: SiteNaming): Promise<void> {
  await db.run(
    `INSERT INTO site_naming (site_id, resolvers, source_order) VALUES (?, ?, ?)
     ON DUPLICATE KEY UPDATE resolvers = VALUES(resolvers), source_order = VALUES(source_order)`,
    [siteId, naming.resolvers, naming.sourceOrder],
  )
}
