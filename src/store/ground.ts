import { toIp } from '../core/address/ip.js'
import { countProbed, type Ground } from '../core/scan/admission.js'
import { listExclusions } from './exclusions.js'
import type { Db } from './pool.js'
import { readSettings } from './settings.js'

/**
 * Everything that decides where networks may lie. Every site stays locked until the transaction
 * ends, so that all who ask this decide and write one after another.
 */
export async function lockGround(tx: Db): Promise<Ground> {
  const sites = await tx.query<{ id: number; name: string; engine: string | null }>(
    'SELECT id, name, engine FROM site ORDER BY id FOR UPDATE',
  )
  return { ...(await readGround(tx)), sites: sites.map(toGroundSite) }
}

/** The same without holding it, for whoever only wants to know. */
export async function readGround(db: Db): Promise<Ground> {
  const sites = await db.query<{ id: number; name: string; engine: string | null }>(
    'SELECT id, name, engine FROM site ORDER BY id',
  )
  const rows = await db.query<PlotRow>(
    `SELECT id, site_id, first, last, prefix_length, name, sweep_minutes, packets_per_second, enabled
     FROM network ORDER BY site_id, first`,
  )
  const exclusions = await listExclusions(db)
  const settings = await readSettings(db)
  const plots = rows.map((row) => {
    const plot = {
      id: row.id,
      siteId: row.site_id,
      first: toIp(row.first),
      last: toIp(row.last),
      prefixLength: row.prefix_length ?? undefined,
      name: row.name,
      sweepMinutes: row.sweep_minutes,
      packetsPerSecond: row.packets_per_second,
      enabled: row.enabled === 1,
    }
    return { ...plot, addresses: countProbed(plot, exclusions) }
  })
  return {
    sites: sites.map(toGroundSite),
    plots,
    exclusions,
    packetLimit: settings['scan.packets_per_second'],
    standardRate: settings['scan.network_packets_per_second'],
  }
}

interface PlotRow {
  id: number
  site_id: number
  first: number
  last: number
  prefix_length: number | null
  name: string
  sweep_minutes: number
  packets_per_second: number
  enabled: number
}

function toGroundSite(row: { id: number; name: string; engine: string | null }) {
  return { id: row.id, name: row.name, engine: row.engine ?? undefined }
}
