import type { Command } from 'commander'
import { type Extent, loadSnapshot } from '../catalog/load.js'
import type { CatalogPage, CatalogQuery, CatalogRow } from '../catalog/query.js'
import { answerQuery } from '../catalog/question.js'
import { Remembered } from '../catalog/remembered.js'
import type { Snapshot } from '../catalog/snapshot.js'
import { finish } from '../catalog/turns.js'
import { ALL_ADDRESSES } from '../core/address/network.js'
import { listNetworks, type Network } from '../store/networks.js'
import type { Db } from '../store/pool.js'
import { listSites, type Site } from '../store/sites.js'
import { addressCommand } from './address.js'
import { chooseColumns, chooseSort } from './address-columns.js'
import { addListOptions, type ListOptions } from './list.js'
import { UsageMistake } from './mistakes.js'
import { printRows } from './output.js'
import { pickNetwork, pickSiteOfList } from './pick.js'
import { withStore } from './with-store.js'

/** Rows of one question: printed before the next are asked for. */
const ROWS_AT_ONCE = 10_000
const REMEMBERED_BYTES = 64 * 2 ** 20
const EMPTY =
  'No address has answered yet: networks are added with "ipspace networks add" and swept every few minutes.'

interface Options extends ListOptions {
  readonly network?: string
  readonly columns?: string
}

/** `ipspace addresses` and `ipspace address IP`. */
export function addressesCommands(program: Command): void {
  addListOptions(program.command('addresses').description('list the addresses that are known'))
    .option('--network <network>', 'only of a network, by range, name or id; none: of no network')
    .option('--columns <names>', 'what to show, with commas between')
    .action(list)
  addressCommand(program)
}

async function list(options: Options): Promise<void> {
  await withStore(async (store) => {
    const site = await pickSiteOfList(store, options.site)
    const network = await chooseNetwork(store, options)
    const [sites, networks] = [await listSites(store), await listNetworks(store)]
    const columns = chooseColumns(options.columns, sites, networks, site !== undefined)
    const question: Question = {
      ...(site === undefined ? {} : { site: site.id }),
      ...(network === undefined ? {} : { network: network === 'none' ? network : network.id }),
      ...(options.match === undefined ? {} : { match: options.match }),
      sort: chooseSort(options.sort),
      now: new Date(),
    }
    const snapshot = await loadSnapshot(store, extentOf(site, network))
    const rows = askRows(snapshot, question, options.limit ?? snapshot.columns.size)
    if (rows.matched === 0 && options.format === 'table') sayWhyEmpty(snapshot)
    await printRows(rows, columns, { format: options.format, out: process.stdout })
  })
}

async function chooseNetwork(db: Db, options: Options): Promise<Network | 'none' | undefined> {
  const { network, site } = options
  return network === undefined || network === 'none' ? network : pickNetwork(db, site, network)
}

/** All that the options can leave lies in there. */
function extentOf(
  site: Site | undefined,
  network: Network | 'none' | undefined,
): Extent | undefined {
  if (network !== undefined && network !== 'none') {
    return { siteId: network.siteId, range: network }
  }
  return site && { siteId: site.id, range: ALL_ADDRESSES }
}

type Question = Omit<CatalogQuery, 'offset' | 'limit'>

/** The rows that answer a question, at most `limit`, and how many the question leaves in all. */
function askRows(
  snapshot: Snapshot,
  question: Question,
  limit: number,
): Iterable<CatalogRow> & { readonly matched: number } {
  const remembered = new Remembered(REMEMBERED_BYTES)
  const ask = (offset: number): CatalogPage => {
    const query = { ...question, offset, limit: Math.min(ROWS_AT_ONCE, limit - offset) }
    const answer = finish(answerQuery(snapshot, query, remembered))
    if (!answer.ok) throw new UsageMistake(`--match: ${answer.error}`)
    return answer.value
  }
  const first = ask(0)
  function* rows(): Generator<CatalogRow> {
    let page = first
    for (let offset = 0; page.rows.length > 0; page = ask(offset)) {
      yield* page.rows
      offset += page.rows.length
    }
  }
  return { matched: first.matched, [Symbol.iterator]: rows }
}

function sayWhyEmpty({ columns }: Snapshot): void {
  const why =
    columns.size === 0 ? EMPTY : `None of ${columns.size} addresses is left by these options.`
  process.stderr.write(`${why}\n`)
}
