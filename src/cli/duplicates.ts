import type { Command } from 'commander'
import { cite } from '../core/address/cite.js'
import type { Column } from '../core/listing/column.js'
import { parseShared } from '../core/names/duplicate.js'
import {
  type ExpectedDuplicate,
  expectDuplicate,
  listExpected,
  removeExpected,
} from '../store/expected-duplicates.js'
import { listSites, type Site } from '../store/sites.js'
import { addListOptions, type ListOptions, printList } from './list.js'
import { UsageMistake } from './mistakes.js'
import { must, pickSite, pickSiteOfList, whoAsks } from './pick.js'
import { withStore } from './with-store.js'

const EMPTY = 'No duplicate is expected: "ipspace report duplicates" shows which there are.'

/** `ipspace duplicates expect|list|remove`: names and MACs that may be on several addresses. */
export function duplicatesCommands(program: Command): void {
  const duplicates = program
    .command('duplicates')
    .description('names and MACs that may be on several addresses')
  duplicates
    .command('expect <name>')
    .description('a name, or a MAC, that one host has on several addresses')
    .option('--site <name>', 'the site it belongs to')
    .action(expect)
  addListOptions(duplicates.command('list').description('list what is expected')).action(list)
  duplicates
    .command('remove <name>')
    .description('expect it no longer')
    .option('--site <name>', 'the site it belongs to')
    .action(remove)
}

async function expect(text: string, options: { site?: string }): Promise<void> {
  const name = must(parseShared(text))
  await withStore(async (store) => {
    const site = await pickSite(store, options.site)
    const entry = { siteId: site.id, name, byWhom: whoAsks(), createdAt: new Date() }
    const isNew = await expectDuplicate(store, entry)
    process.stdout.write(
      `${name} ${isNew ? 'is expected' : 'was expected already'} on several addresses.\n`,
    )
  })
}

async function remove(text: string, options: { site?: string }): Promise<void> {
  const name = must(parseShared(text))
  await withStore(async (store) => {
    const site = await pickSite(store, options.site)
    if (!(await removeExpected(store, site.id, name))) {
      throw new UsageMistake(`${cite(text)} is not expected: see "ipspace duplicates list"`)
    }
    process.stdout.write(`${name} is not expected on several addresses any more.\n`)
  })
}

async function list(options: ListOptions): Promise<void> {
  await withStore(async (store) => {
    const site = await pickSiteOfList(store, options.site)
    const columns = columnsFor(await listSites(store))
    await printList(await listExpected(store, site?.id), columns, options, EMPTY)
  })
}

function columnsFor(sites: readonly Site[]): Column<ExpectedDuplicate>[] {
  const siteName = new Map(sites.map((site) => [site.id, site.name]))
  const site: Column<ExpectedDuplicate> = { name: 'site', value: (it) => siteName.get(it.siteId) }
  return [
    { name: 'name', value: (it) => it.name },
    ...(sites.length > 1 ? [site] : []),
    { name: 'by_whom', value: (it) => it.byWhom },
    { name: 'created_at', value: (it) => it.createdAt },
  ]
}
