import { type Command, Option } from 'commander'
import { cite } from '../core/address/cite.js'
import { EXCLUSION_REASONS, type ExclusionReason, isUnswept } from '../core/address/exclusion.js'
import { formatRange, overlaps, parseRange } from '../core/address/network.js'
import type { Column } from '../core/listing/column.js'
import { parseNotes } from '../core/scan/network-draft.js'
import {
  addExclusion,
  findExclusions,
  listExclusions,
  removeExclusion,
  type SiteExclusion,
} from '../store/exclusions.js'
import { listNetworks } from '../store/networks.js'
import type { Db } from '../store/pool.js'
import { listSites, type Site } from '../store/sites.js'
import { addListOptions, type ListOptions, printList } from './list.js'
import { UsageMistake } from './mistakes.js'
import { warnOfOverload } from './overload.js'
import { must, pickSite, pickSiteOfList } from './pick.js'
import { withStore } from './with-store.js'

const EMPTY = 'Nothing is excluded: every address of the networks is swept.'

const MEANING: { readonly [R in ExclusionReason]: string } = {
  'never-scan': 'no probe of any kind is sent there from the next sweep on',
  dhcp: 'it is not swept, and never offered as free',
  reserved: 'it is swept, and never offered as free',
}

/** `ipspace exclusions add|list|remove`. */
export function exclusionsCommands(program: Command): void {
  const exclusions = program.command('exclusions').description('what is left out, and why')
  exclusions
    .command('add <range>')
    .description('leave out an address, a prefix or first-last')
    .addOption(
      new Option('--reason <reason>', 'why').choices(EXCLUSION_REASONS).makeOptionMandatory(),
    )
    .option('--notes <text>', 'anything worth knowing', '')
    .option('--site <name>', 'the site it belongs to')
    .action(add)
  addListOptions(exclusions.command('list').description('list what is left out')).action(list)
  exclusions
    .command('remove <range>')
    .description('take it in again, named by its range or id')
    .addOption(new Option('--reason <reason>', 'only of this reason').choices(EXCLUSION_REASONS))
    .option('--site <name>', 'the site it belongs to')
    .action(remove)
}

async function add(
  text: string,
  options: { reason: ExclusionReason; notes: string; site?: string },
): Promise<void> {
  const range = must(parseRange(text))
  const notes = must(parseNotes(options.notes))
  const { reason } = options
  await withStore(async (store) => {
    const site = await pickSite(store, options.site)
    const kept = await listExclusions(store, site.id)
    const networks = await listNetworks(store, site.id)
    const id = await addExclusion(store, site.id, { ...range, reason }, notes, new Date())
    if (id === undefined) {
      throw new UsageMistake(`${formatRange(range)} is excluded as ${reason} already`)
    }
    process.stdout.write(`Excluded ${formatRange(range)} as ${reason}: ${MEANING[reason]}.\n`)
    const wider = kept.find(
      (other) => other.reason === reason && other.first <= range.first && other.last >= range.last,
    )
    if (wider)
      process.stdout.write(`It lies in ${formatRange(wider)}, excluded as ${reason} too.\n`)
    if (!networks.some((network) => overlaps(network, range))) {
      process.stdout.write('No network holds it yet: it counts once one does.\n')
    }
  })
}

async function remove(
  key: string,
  options: { reason?: ExclusionReason; site?: string },
): Promise<void> {
  await withStore(async (store) => {
    const exclusion = await pickExclusion(store, key, options)
    await removeExclusion(store, exclusion.id)
    const from = isUnswept(exclusion.reason) ? '; it is swept from the next sweep on' : ''
    process.stdout.write(
      `Removed the exclusion of ${formatRange(exclusion)} as ${exclusion.reason}${from}.\n`,
    )
    await warnOfOverload(store)
  })
}

async function pickExclusion(
  db: Db,
  key: string,
  options: { reason?: ExclusionReason; site?: string },
): Promise<SiteExclusion> {
  if (/^[0-9]+$/.test(key)) {
    const site = await pickSiteOfList(db, options.site)
    const byId = (await listExclusions(db, site?.id)).find(({ id }) => String(id) === key)
    if (byId !== undefined) return byId
    throw new UsageMistake(`there is no exclusion ${cite(key)}: see "ipspace exclusions list"`)
  }
  const site = await pickSite(db, options.site)
  const all = await findExclusions(db, site.id, must(parseRange(key)))
  const found = all.filter(
    ({ reason }) => options.reason === undefined || reason === options.reason,
  )
  if (found.length === 1) return found[0]!
  throw new UsageMistake(
    found.length === 0
      ? `there is no exclusion of exactly ${cite(key)}: see "ipspace exclusions list"`
      : `${cite(key)} is excluded for several reasons: say which with --reason: ${found.map(({ reason }) => reason).join(', ')}`,
  )
}

async function list(options: ListOptions): Promise<void> {
  await withStore(async (store) => {
    const site = await pickSiteOfList(store, options.site)
    const columns = columnsFor(await listSites(store))
    await printList(await listExclusions(store, site?.id), columns, options, EMPTY)
  })
}

function columnsFor(sites: readonly Site[]): Column<SiteExclusion>[] {
  const siteName = new Map(sites.map((site) => [site.id, site.name]))
  const site: Column<SiteExclusion> = { name: 'site', value: (e) => siteName.get(e.siteId) }
  return [
    { name: 'id', value: (e) => e.id },
    ...(sites.length > 1 ? [site] : []),
    { name: 'range', value: formatRange, order: (e) => e.first },
    { name: 'reason', value: (e) => e.reason },
    { name: 'notes', value: (e) => e.notes },
  ]
}
