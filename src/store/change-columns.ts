import { formatIp } from '../core/address/ip.js'
import type { Column } from '../core/listing/column.js'
import type { Change } from './change-list.js'
import type { Site } from './sites.js'

/** The columns in which changes are handed out; the site where there are several. */
export function changeColumns(sites: readonly Site[]): Column<Change>[] {
  const siteName = new Map(sites.map((site) => [site.id, site.name]))
  const site: Column<Change> = { name: 'site', value: (it) => siteName.get(it.siteId) }
  return [
    { name: 'changed_at', value: (it) => it.changedAt },
    ...(sites.length > 1 ? [site] : []),
    { name: 'ip', value: (it) => formatIp(it.ip), order: (it) => it.ip },
    { name: 'field', value: (it) => it.field },
    { name: 'old', value: (it) => it.old },
    { name: 'old_from', value: (it) => it.oldFrom },
    { name: 'old_last_confirmed_at', value: (it) => it.oldLastConfirmedAt },
    { name: 'new', value: (it) => it.new },
    { name: 'new_until', value: (it) => it.newUntil },
    { name: 'source', value: (it) => it.source },
  ]
}
