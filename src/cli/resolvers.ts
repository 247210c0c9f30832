import type { Command } from 'commander'
import { cite } from '../core/address/cite.js'
import type { Column } from '../core/listing/column.js'
import { NAME_SOURCES } from '../core/names/change.js'
import { formatResolver, parseResolvers } from '../core/names/resolvers.js'
import { listResolvers, type ResolverState } from '../store/resolvers.js'
import { keepSiteNaming, readSiteNaming } from '../store/site-naming.js'
import { listSites, type Site } from '../store/sites.js'
import { addListOptions, type ListOptions, printList } from './list.js'
import { UsageMistake } from './mistakes.js'
import { must, pickSite, pickSiteOfList } from './pick.js'
import { withStore } from './with-store.js'

const EMPTY = 'No resolver was asked yet: names are asked for after the first sweep.'
const SOURCE_WORDS: readonly string[] = NAME_SOURCES.map((source) =>
  source === 'ptr' ? 'dns' : source,
)

/** `ipspace resolvers list|set`: where the names of each site are asked for. */
export function resolversCommands(program: Command): void {
  const resolvers = program.command('resolvers').description('where names are asked for')
  addListOptions(resolvers.command('list').description('list how the resolvers do')).action(list)
  resolvers
    .command('set')
    .description("set a site's own; without any, it has those of the setting names.resolvers")
    .argument('[resolvers...]', 'IPv4 addresses, with a port where it is not 53')
    .option('--order <sources>', `whose name is believed first, of ${SOURCE_WORDS.join(', ')}`)
    .option('--site <name>', 'the site')
    .action(set)
}

async function set(words: string[], options: { order?: string; site?: string }): Promise<void> {
  const resolvers = must(parseResolvers(words.join(' ')))
    .map(formatResolver)
    .join(', ')
  const sourceOrder = options.order === undefined ? undefined : mustOrder(options.order)
  await withStore(async (store) => {
    const site = await pickSite(store, options.site)
    const before = await readSiteNaming(store, site.id)
    await keepSiteNaming(store, site.id, {
      resolvers: words.length > 0 || options.order === undefined ? resolvers : before.resolvers,
      sourceOrder: sourceOrder ?? before.sourceOrder,
    })
    const now = await readSiteNaming(store, site.id)
    const order = now.sourceOrder === '' ? '' : `, in the order ${now.sourceOrder}`
    process.stdout.write(
      `Site ${site.name} asks ${now.resolvers || 'the resolvers of the settings'}${order}.\n`,
    )
  })
}

function mustOrder(text: string): string {
  const words = text.split(/[\s,]+/).filter((word) => word !== '')
  const unknown = words.find((word) => !SOURCE_WORDS.includes(word))
  if (unknown === undefined) return words.join(', ')
  throw new UsageMistake(
    `${cite(unknown)} is no source of names: choose ${SOURCE_WORDS.join(', ')}`,
  )
}

async function list(options: ListOptions): Promise<void> {
  await withStore(async (store) => {
    const site = await pickSiteOfList(store, options.site)
    const columns = columnsFor(await listSites(store))
    await printList(await listResolvers(store, site?.id), columns, options, EMPTY)
  })
}

function columnsFor(sites: readonly Site[]): Column<ResolverState>[] {
  const siteName = new Map(sites.map((site) => [site.id, site.name]))
  return [
    { name: 'site', value: (it) => siteName.get(it.siteId) },
    { name: 'address', value: (it) => it.address },
    { name: 'failing_since', value: (it) => it.failingSince },
    { name: 'failures', value: (it) => it.failures },
    { name: 'last_failure', value: (it) => it.lastFailure },
    { name: 'last_failure_at', value: (it) => it.lastFailureAt },
    { name: 'last_answer_at', value: (it) => it.lastAnswerAt },
  ]
}
