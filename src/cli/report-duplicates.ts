import { formatIp } from '../core/address/ip.js'
import { formatMac } from '../core/address/mac.js'
import type { Column } from '../core/listing/column.js'
import { currentOf } from '../core/names/duplicate.js'
import { readGenericPatterns } from '../core/names/hostname.js'
import { parseSince, parseUntil } from '../core/uptime/instant.js'
import { listMacConflicts, type MacConflict } from '../store/conflicts.js'
import {
  type DuplicateGroup,
  type DuplicateHolder,
  findDuplicates,
  judgeDuplicates,
} from '../store/duplicates.js'
import { getSetting } from '../store/settings.js'
import { listSites, type Site } from '../store/sites.js'
import { type ListOptions, printList } from './list.js'
import { must, pickSiteOfList } from './pick.js'
import { withStore } from './with-store.js'

export interface DuplicateOptions extends ListOptions {
  readonly all?: boolean
}

/** One address of one group. */
interface DuplicateRow {
  readonly group: DuplicateGroup
  readonly holder: DuplicateHolder
  readonly isLeft: boolean
}

/** `ipspace report duplicates`: one row for each address that shares its name or its MAC. */
export async function reportDuplicates(options: DuplicateOptions): Promise<void> {
  await withStore(
    async (store) => {
      const site = await pickSiteOfList(store, options.site)
      const isGeneric = readGenericPatterns(await getSetting(store, 'names.generic'))
      const found = await findDuplicates(store, site?.id)
      const groups = await judgeDuplicates(store, found, options.all ? undefined : isGeneric)
      const rows = groups.flatMap(toRows)
      const empty = `No two addresses have the same name or MAC${options.all ? '' : ', generic names left out (--all takes them in)'}.`
      await printList(rows, columnsFor(await listSites(store)), options, empty)
    },
    { long: true },
  )
}

function toRows(group: DuplicateGroup): DuplicateRow[] {
  const current = currentOf(group.holders)
  return group.holders.map((holder) => ({
    ...{ group, holder },
    isLeft: group.kind === 'moved' && holder !== current,
  }))
}

function columnsFor(sites: readonly Site[]): Column<DuplicateRow>[] {
  const siteName = new Map(sites.map((site) => [site.id, site.name]))
  const site: Column<DuplicateRow> = { name: 'site', value: (it) => siteName.get(it.group.siteId) }
  return [
    { name: 'of', value: (it) => it.group.of },
    { name: 'name', value: (it) => it.group.name },
    { name: 'kind', value: (it) => it.group.kind },
    ...(sites.length > 1 ? [site] : []),
    { name: 'ip', value: (it) => formatIp(it.holder.ip), order: (it) => it.holder.ip },
    { name: 'hostname', value: (it) => it.holder.hostname },
    { name: 'mac', value: (it) => it.holder.mac && formatMac(it.holder.mac) },
    { name: 'since', value: (it) => it.holder.since },
    { name: 'last_active', value: (it) => it.holder.lastActive },
    { name: 'last_together', value: (it) => it.group.lastTogether },
    { name: 'left_behind', value: (it) => it.isLeft },
    { name: 'expected', value: (it) => it.group.isExpected },
  ]
}

export interface ConflictOptions extends ListOptions {
  readonly since?: string
  readonly until?: string
}

/** `ipspace report conflicts`: addresses that answered with two MACs within a day. */
export async function reportConflicts(options: ConflictOptions): Promise<void> {
  const since = options.since === undefined ? undefined : must(parseSince(options.since))
  const until = options.until === undefined ? undefined : must(parseUntil(options.until))
  await withStore(async (store) => {
    const site = await pickSiteOfList(store, options.site)
    const conflicts = await listMacConflicts(store, { since, until }, site?.id)
    const empty =
      'No address answered with two MACs within a day; only networks on the link show their MACs.'
    await printList(conflicts, conflictColumnsFor(await listSites(store)), options, empty)
  })
}

function conflictColumnsFor(sites: readonly Site[]): Column<MacConflict>[] {
  const siteName = new Map(sites.map((site) => [site.id, site.name]))
  const site: Column<MacConflict> = { name: 'site', value: (it) => siteName.get(it.siteId) }
  return [
    { name: 'ip', value: (it) => formatIp(it.ip), order: (it) => it.ip },
    ...(sites.length > 1 ? [site] : []),
    { name: 'hostname', value: (it) => it.hostname },
    { name: 'macs', value: (it) => it.macs.join(' ') },
    { name: 'changes', value: (it) => it.changes },
    { name: 'first_at', value: (it) => it.firstAt },
    { name: 'last_at', value: (it) => it.lastAt },
  ]
}
