import type { Drift } from '../core/uptime/drift.js'
import { type Day, parseDay } from '../core/uptime/slot.js'
import { auditCounters, auditSums, listBlocks } from './folding.js'
import type { Db, Store } from './pool.js'
import { listSites } from './sites.js'

/** What the check of one block found. */
export interface BlockAudit {
  readonly siteName: string
  readonly block: number
  readonly drifts: readonly Drift[]
}

/**
 * Checks every block's sums against its counters and open bits, and its counters against the kept
 * days; one transaction a block, so that sweeps go on. Nothing is mended.
 */
export async function* auditAll(store: Store): AsyncGenerator<BlockAudit> {
  for (const site of await listSites(store)) {
    const keptSince = await readKeptSince(store, site.id)
    for (const block of await listBlocks(store, site.id)) {
      const drifts = await store.transaction(async (tx) => [
        ...(await auditSums(tx, site.id, block, site.timeZone)),
        ...(await auditCounters(tx, site.id, block, site.timeZone, keptSince)),
      ])
      yield { siteName: site.name, block, drifts }
    }
  }
}

/** The oldest kept day of a site: older addresses cannot be checked against their bits. */
async function readKeptSince(db: Db, siteId: number): Promise<Day> {
  const [row] = await db.query<{ day: string | null }>(
    'SELECT MIN(day) AS day FROM presence_day WHERE site_id = ?',
    [siteId],
  )
  return row?.day ? parseDay(row.day) : (0 as Day)
}
