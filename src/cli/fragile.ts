import type { Command } from 'commander'
import { cite } from '../core/address/cite.js'
import { formatRange, parseRange, type Range } from '../core/address/network.js'
import type { Column } from '../core/listing/column.js'
import { printable } from '../core/listing/printable.js'
import {
  listFragileAddresses,
  listFragileRanges,
  listFragileVendors,
  markAddress,
  markRange,
  markVendor,
  unmarkAddress,
  unmarkRange,
  unmarkVendor,
} from '../store/fragile.js'
import type { Store } from '../store/pool.js'
import { listSites, type Site } from '../store/sites.js'
import { addListOptions, type ListOptions, printList } from './list.js'
import { UsageMistake } from './mistakes.js'
import { must, pickSite, pickSiteOfList } from './pick.js'
import { withStore } from './with-store.js'

const EMPTY = 'Nothing is marked as fragile: every address that is swept may be asked what it runs.'
const VENDOR_CHARACTERS = 128
const MEANING = 'not asked for the operating system any more; sweeps go on'

interface Options {
  readonly vendor?: string
  readonly notes?: string
  readonly site?: string
}

/** `ipspace fragile add|list|remove`. */
export function fragileCommands(program: Command): void {
  const fragile = program
    .command('fragile')
    .description('what must not be asked for its operating system, which has crashed systems')
  fragile
    .command('add [range]')
    .description('mark an address, a prefix or first-last; or a vendor of MACs')
    .option('--vendor <name>', 'any part of the name of a MAC vendor, for all sites')
    .option('--notes <text>', 'anything worth knowing; not for a single address', '')
    .option('--site <name>', 'the site of the range')
    .action(add)
  addListOptions(fragile.command('list').description('list the marks')).action(list)
  fragile
    .command('remove [range]')
    .description('take a mark away')
    .option('--vendor <name>', 'the name as it was marked')
    .option('--site <name>', 'the site of the range')
    .action(remove)
}

async function add(text: string | undefined, options: Options): Promise<void> {
  const mark = readMark(text, options)
  await withStore(async (store) => {
    const isNew =
      typeof mark === 'string'
        ? await markVendor(store, { vendor: mark, notes: options.notes ?? '' }, new Date())
        : await addRange(store, await pickSite(store, options.site), mark, options.notes ?? '')
    if (!isNew) throw new UsageMistake(`${nameOf(mark)} is marked as fragile already`)
    process.stdout.write(`${nameOf(mark)} is marked as fragile: ${MEANING}.\n`)
  })
}

async function remove(text: string | undefined, options: Options): Promise<void> {
  const mark = readMark(text, options)
  await withStore(async (store) => {
    const wasThere =
      typeof mark === 'string'
        ? await unmarkVendor(store, mark)
        : await removeRange(store, await pickSite(store, options.site), mark)
    if (!wasThere) {
      throw new UsageMistake(`${nameOf(mark)} is not marked: see "ipspace fragile list"`)
    }
    process.stdout.write(`${nameOf(mark)} is not marked as fragile any more.\n`)
  })
}

function addRange(store: Store, site: Site, range: Range, notes: string): Promise<boolean> {
  return range.first === range.last
    ? markAddress(store, site.id, range.first)
    : markRange(store, { ...range, siteId: site.id, notes }, new Date())
}

function removeRange(store: Store, site: Site, range: Range): Promise<boolean> {
  return range.first === range.last
    ? unmarkAddress(store, site.id, range.first)
    : unmarkRange(store, site.id, range)
}

/** A range, or a vendor's name. */
function readMark(text: string | undefined, { vendor, notes }: Options): Range | string {
  if ((text === undefined) === (vendor === undefined)) {
    throw new UsageMistake('give a range such as 192.0.2.0/24, or a vendor by --vendor NAME')
  }
  if (vendor === undefined) return must(parseRange(text!))
  const name = vendor.trim()
  const isFit =
    name.length >= 2 && name.length <= VENDOR_CHARACTERS && !/\p{Cc}/u.test(name + notes)
  if (isFit) return name
  throw new UsageMistake(
    `${cite(vendor)} is no part of a vendor's name: give 2 to ${VENDOR_CHARACTERS} characters of it`,
  )
}

function nameOf(mark: Range | string): string {
  return typeof mark === 'string' ? `The vendor "${printable(mark)}"` : formatRange(mark)
}

interface MarkRow {
  readonly siteId: number | undefined
  readonly kind: 'address' | 'network' | 'vendor'
  readonly mark: string
  readonly first: number
  readonly notes: string
}

async function list(options: ListOptions): Promise<void> {
  await withStore(async (store) => {
    const siteId = (await pickSiteOfList(store, options.site))?.id
    const rows = await readMarks(store, siteId)
    await printList(rows, columnsFor(await listSites(store)), options, EMPTY)
  })
}

async function readMarks(store: Store, siteId: number | undefined): Promise<MarkRow[]> {
  const addresses = (await listFragileAddresses(store, siteId)).map(
    ({ siteId, ip }): MarkRow => ({
      siteId,
      kind: 'address',
      mark: formatRange({ first: ip, last: ip }),
      first: ip,
      notes: '',
    }),
  )
  const ranges = (await listFragileRanges(store, siteId)).map(
    (range): MarkRow => ({ ...range, kind: 'network', mark: formatRange(range) }),
  )
  const vendors = (await listFragileVendors(store)).map(
    ({ vendor, notes }): MarkRow => ({
      siteId: undefined,
      kind: 'vendor',
      mark: vendor,
      first: Number.POSITIVE_INFINITY,
      notes,
    }),
  )
  const inOrder = [...addresses, ...ranges].sort((a, b) => a.first - b.first)
  return [...inOrder, ...vendors]
}

function columnsFor(sites: readonly Site[]): Column<MarkRow>[] {
  const siteName = new Map(sites.map((site) => [site.id, site.name]))
  const site: Column<MarkRow> = { name: 'site', value: (row) => siteName.get(row.siteId ?? -1) }
  return [
    ...(sites.length > 1 ? [site] : []),
    { name: 'kind', value: (row) => row.kind },
    { name: 'mark', value: (row) => row.mark, order: (row) => row.first },
    { name: 'notes', value: (row) => row.notes },
  ]
}
