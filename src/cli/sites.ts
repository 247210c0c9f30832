import type { Command } from 'commander'
import type { Parsed } from '../core/address/ip.js'
import { parseEngine, parseSiteName, parseTag, parseTimeZone } from '../core/address/site.js'
import type { Column } from '../core/listing/column.js'
import type { Store } from '../store/pool.js'
import { addSite, editSite, listSites, removeSite, type Site } from '../store/sites.js'
import { confirmByName } from './confirm.js'
import { addListOptions, type ListOptions, printList } from './list.js'
import { UsageMistake } from './mistakes.js'
import { must, pickSite } from './pick.js'
import { withStore } from './with-store.js'

/** `ipspace sites add|list|edit|remove`. */
export function sitesCommands(program: Command): void {
  const sites = program.command('sites').description('separate address spaces, such as branches')
  withFields(sites.command('add <name>').description('add a site')).action(add)
  addListOptions(sites.command('list').description('list the sites')).action(list)
  withFields(sites.command('edit <name>').description('change a site'))
    .option('--name <name>', 'what it is to be called')
    .action(edit)
  sites
    .command('remove <name>')
    .description('remove a site that has no networks')
    .option('--forget', 'also lose the history that removed networks left in it')
    .option('--yes', 'do not ask before history is lost')
    .action(remove)
}

interface FieldOptions {
  readonly name?: string
  readonly tag?: string
  readonly timeZone?: string
  readonly engine?: string
}

const COLUMNS: readonly Column<Site>[] = [
  { name: 'id', value: (site) => site.id },
  { name: 'name', value: (site) => site.name },
  { name: 'tag', value: (site) => site.tag },
  { name: 'time_zone', value: (site) => site.timeZone },
  { name: 'engine', value: (site) => site.engine },
]

function withFields(command: Command): Command {
  return command
    .option('--tag <text>', 'a word to group sites by')
    .option('--time-zone <zone>', "whose clock its slots follow; the first site's by default")
    .option('--engine <name>', 'the one engine that sweeps it, or any')
}

async function add(name: string, options: FieldOptions): Promise<void> {
  await withStore(async (store) => {
    const [oldest] = await listSites(store)
    const standard = { tag: '', timeZone: oldest!.timeZone, engine: undefined }
    const site = mustRead({ ...options, name }, { ...standard, name })
    const added = must(await addSite(store, site, new Date()))
    process.stdout.write(`Added site ${added.name}, in ${added.timeZone}.\n`)
  })
}

async function edit(name: string, options: FieldOptions): Promise<void> {
  if (Object.keys(options).length === 0) {
    throw new UsageMistake('nothing to change: give --name, --tag, --time-zone or --engine')
  }
  await withStore(async (store) => {
    const before = await pickSite(store, name)
    const site = must(await editSite(store, { ...before, ...mustRead(options, before) }))
    process.stdout.write(`Changed site ${site.name}.\n`)
  })
}

async function remove(name: string, options: { forget?: boolean; yes?: boolean }): Promise<void> {
  const forget = options.forget ?? false
  const work = async (store: Store) => {
    const site = await pickSite(store, name)
    if (forget && !options.yes) {
      await confirmByName(
        `site ${site.name} is about to be removed with all its history`,
        site.name,
      )
    }
    must(await removeSite(store, site, { forget }))
    process.stdout.write(`Removed site ${site.name}.\n`)
  }
  await withStore(work, { long: forget })
}

async function list(options: ListOptions): Promise<void> {
  await withStore(async (store) => {
    const sites = await listSites(store)
    const shown = options.site === undefined ? sites : [await pickSite(store, options.site)]
    await printList(shown, COLUMNS, options, 'There is no site.')
  })
}

/** All mistakes at once; what is not given stays as it was. */
function mustRead(options: FieldOptions, kept: Omit<Site, 'id'>): Omit<Site, 'id'> {
  const mistakes: string[] = []
  const read = <T>(text: string | undefined, parse: (text: string) => Parsed<T>, before: T): T => {
    const parsed = text === undefined ? undefined : parse(text)
    if (parsed === undefined) return before
    if (parsed.ok) return parsed.value
    mistakes.push(parsed.error)
    return before
  }
  const site = {
    name: read(options.name, parseSiteName, kept.name),
    tag: read(options.tag, parseTag, kept.tag),
    timeZone: read(options.timeZone, parseTimeZone, kept.timeZone),
    engine: read(options.engine, parseEngine, kept.engine),
  }
  if (mistakes.length > 0) throw new UsageMistake(mistakes.join('\n'))
  return site
}
