import { type CatalogRow, COLUMN_NAMES, type ColumnName, type SortBy } from '../catalog/query.js'
import { cite } from '../core/address/cite.js'
import { formatIp } from '../core/address/ip.js'
import { formatMac } from '../core/address/mac.js'
import { formatNetwork } from '../core/address/network.js'
import type { Cell, Column } from '../core/listing/column.js'
import type { Network } from '../store/networks.js'
import type { Site } from '../store/sites.js'
import { UsageMistake } from './mistakes.js'

const STANDARD_COLUMNS = [
  'ip',
  'hostname',
  'percent_active',
  'active',
  'total',
  'last_active',
  'days_offline',
  'first_seen',
] as const satisfies readonly ColumnName[]

const VALUES: Readonly<Record<ColumnName, (row: CatalogRow) => Cell>> = {
  ip: (row) => formatIp(row.ip),
  hostname: (row) => row.hostname,
  percent_active: (row) => row.percentActive,
  active: (row) => row.active,
  total: (row) => row.total,
  last_active: (row) => row.lastActive,
  days_offline: (row) => row.daysOffline,
  first_seen: (row) => row.firstSeen,
  os: (row) => row.os,
  mac: (row) => row.mac && formatMac(row.mac),
  status: (row) => row.status,
  owner: (row) => row.owner,
  notes: (row) => row.notes,
  rtt_us: (row) => row.rttUs,
  reply_ttl: (row) => row.replyTtl,
}

/** The columns that `--columns` names, or the standard ones, with the site where there are several. */
export function chooseColumns(
  text: string | undefined,
  sites: readonly Site[],
  networks: readonly Network[],
  isOfSite: boolean,
): Column<CatalogRow>[] {
  const siteNames = new Map(sites.map((site) => [site.id, site.name]))
  const ranges = new Map(networks.map((network) => [network.id, formatNetwork(network)]))
  const columns: Column<CatalogRow>[] = [
    { name: 'site', value: (row) => siteNames.get(row.siteId) },
    { name: 'network', value: (row) => ranges.get(row.networkId ?? 0) },
    ...COLUMN_NAMES.map((name) => ({ name, value: VALUES[name] })),
  ]
  const isAmbiguous = sites.length > 1 && !isOfSite
  const standard = [...(isAmbiguous ? ['site'] : []), ...STANDARD_COLUMNS]
  const names = text?.split(',').map((name) => name.trim()) ?? standard
  return names.map((name) => {
    const column = columns.find((known) => known.name === name)
    if (column !== undefined) return column
    const known = columns.map((it) => it.name).join(', ')
    throw new UsageMistake(`--columns: there is no column ${cite(name)}: choose ${known}`)
  })
}

/** `-percent_active,ip` to a sort by uptime, the highest first, and by IP among equals. */
export function chooseSort(text: string | undefined): SortBy[] {
  if (text === undefined) return []
  return text.split(',').map((word) => {
    const key = word.trim()
    const descending = key.startsWith('-')
    const column = COLUMN_NAMES.find((known) => known === (descending ? key.slice(1) : key))
    if (column !== undefined) return { column, descending }
    throw new UsageMistake(
      `--sort: there is no column ${cite(word)}: choose ${COLUMN_NAMES.join(', ')}, or -COLUMN`,
    )
  })
}
