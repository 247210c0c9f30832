import type { Command } from 'commander'
import { formatIp } from '../core/address/ip.js'
import { formatNetwork, sizeOf } from '../core/address/network.js'
import type { Column } from '../core/listing/column.js'
import { printable } from '../core/listing/printable.js'
import { type DraftFields, draftNetwork, type NetworkDraft } from '../core/scan/network-draft.js'
import { describeCost } from '../core/scan/notice.js'
import { countKept } from '../store/forget.js'
import { removeNetwork } from '../store/network-removal.js'
import { addNetwork, draftOf, editNetwork, listNetworks, type Network } from '../store/networks.js'
import { listSites, type Site } from '../store/sites.js'
import { confirmByName } from './confirm.js'
import { addListOptions, type ListOptions, printList } from './list.js'
import { UsageMistake } from './mistakes.js'
import { importNetworks } from './networks-import.js'
import { printNotice } from './notice.js'
import { must, pickNetwork, pickSite, pickSiteOfList, whoAsks } from './pick.js'
import { withStore } from './with-store.js'

const EMPTY = 'No network is watched yet: add one with "ipspace networks add 192.0.2.0/24".'

/** `ipspace networks add|list|edit|remove|import|notice`. */
export function networksCommands(program: Command): void {
  const networks = program.command('networks').description('what is watched')
  withFields(networks.command('add <network>'))
    .description('watch a network: 192.0.2.0/24, 192.0.2.0/255.255.255.0 or 192.0.2.10-192.0.2.99')
    .option('--disabled', 'add it without sweeping it yet')
    .action(add)
  addListOptions(networks.command('list').description('list the networks')).action(list)
  withFields(networks.command('edit <network>'))
    .description('change a network, named by its id, range or name')
    .option('--range <network>', 'the range that it is to have')
    .option('--enable', 'sweep it again')
    .option('--disable', 'sweep it no more, and keep it')
    .action(edit)
  networks
    .command('remove <network>')
    .description('stop watching a network; what was counted of it stays')
    .option('--site <name>', 'the site it belongs to')
    .option('--forget', 'also lose everything that was counted of it')
    .option('--yes', 'do not ask')
    .action(remove)
  networks
    .command('import <file>')
    .description('add the networks of a CSV file (- for standard input), all or none')
    .option('--site <name>', 'the site of those that name none')
    .action(importNetworks)
  networks
    .command('notice <network>')
    .description('print the notice to forward to colleagues')
    .option('--site <name>', 'the site it belongs to')
    .action((key: string, options: { site?: string }) =>
      withStore(async (store) => printNotice(store, await pickNetwork(store, options.site, key))),
    )
}

interface FieldOptions {
  readonly name?: string
  readonly tag?: string
  readonly vlan?: string
  readonly notes?: string
  readonly interval?: string
  readonly rate?: string
  readonly gateway?: string
  readonly site?: string
}

function withFields(command: Command): Command {
  return command
    .option('--name <text>', 'what people call it')
    .option('--tag <text>', 'a word to group networks by')
    .option('--vlan <number>', 'its VLAN, or none')
    .option('--notes <text>', 'anything worth knowing')
    .option('--interval <minutes>', 'how often it is swept: 5, 10, 15, 30 or 60')
    .option('--rate <packets>', 'packets per second')
    .option('--gateway <address>', 'its gateway, which is asked and never offered as free, or none')
    .option('--site <name>', 'the site it belongs to')
}

function fieldsOf(options: FieldOptions): DraftFields {
  return {
    name: options.name,
    tag: options.tag,
    vlan: options.vlan,
    notes: options.notes,
    sweep_minutes: options.interval,
    packets_per_second: options.rate,
    gateway: options.gateway,
  }
}

async function add(key: string, options: FieldOptions & { disabled?: boolean }): Promise<void> {
  const enabled = options.disabled ? 'false' : undefined
  const draft = mustDraft({ ...fieldsOf(options), network: key, enabled })
  await withStore(async (store) => {
    const site = await pickSite(store, options.site)
    const { network, cost } = must(await addNetwork(store, site.id, draft, whoAsks(), new Date()))
    const state = network.enabled ? 'Its first sweep was asked for.' : 'It is not swept yet.'
    say(`Added ${nameOf(network)}. ${state}\n${describeCost(cost, network.sweepMinutes)}\n`)
    await printNotice(store, network)
  })
}

async function edit(
  key: string,
  options: FieldOptions & { range?: string; enable?: boolean; disable?: boolean },
): Promise<void> {
  if (options.enable && options.disable) {
    throw new UsageMistake('--enable and --disable exclude each other: give one')
  }
  const enabled = options.enable ? 'true' : options.disable ? 'false' : undefined
  const fields = { ...fieldsOf(options), network: options.range, enabled }
  if (Object.values(fields).every((field) => field === undefined)) {
    throw new UsageMistake('nothing to change: give an option, such as --name or --interval')
  }
  await withStore(async (store) => {
    const before = await pickNetwork(store, options.site, key)
    const draft = mustDraft(fields, draftOf(before))
    const { network, cost } = must(await editNetwork(store, before, draft, whoAsks(), new Date()))
    say(`Changed ${nameOf(network)}.\n${describeCost(cost, network.sweepMinutes)}`)
  })
}

async function remove(
  key: string,
  options: { site?: string; forget?: boolean; yes?: boolean },
): Promise<void> {
  const forget = options.forget ?? false
  await withStore(
    async (store) => {
      const network = await pickNetwork(store, options.site, key)
      const kept = await countKept(store, network.siteId, network)
      const history = `the history of ${kept} address${kept === 1 ? '' : 'es'}`
      const fate = forget ? 'is lost for ever' : 'stays, outside any network'
      if (!options.yes) {
        const name = network.name === '' ? formatNetwork(network) : network.name
        await confirmByName(`${nameOf(network)} is to be removed; ${history} ${fate}`, name)
      }
      await removeNetwork(store, network, { forget })
      say(`Removed ${nameOf(network)}; ${history} ${forget ? 'is forgotten' : fate}.`)
    },
    { long: forget },
  )
}

async function list(options: ListOptions): Promise<void> {
  await withStore(async (store) => {
    const site = await pickSiteOfList(store, options.site)
    const sites = await listSites(store)
    const columns = columnsFor(sites, options.format !== 'table')
    await printList(await listNetworks(store, site?.id), columns, options, EMPTY)
  })
}

/** The site only where there are several; what follows from the range only for programs. */
function columnsFor(sites: readonly Site[], isForPrograms: boolean): Column<Network>[] {
  const siteName = new Map(sites.map((site) => [site.id, site.name]))
  const site: Column<Network> = { name: 'site', value: (n) => siteName.get(n.siteId) }
  return [
    { name: 'id', value: (n) => n.id },
    ...(sites.length > 1 ? [site] : []),
    { name: 'network', value: formatNetwork, order: (n) => n.first },
    ...(isForPrograms ? RANGE_COLUMNS : []),
    { name: 'name', value: (n) => n.name },
    { name: 'tag', value: (n) => n.tag },
    { name: 'vlan', value: (n) => n.vlan },
    { name: 'gateway', value: (n) => n.gateway && formatIp(n.gateway), order: (n) => n.gateway },
    { name: 'sweep_minutes', value: (n) => n.sweepMinutes },
    { name: 'packets_per_second', value: (n) => n.packetsPerSecond },
    { name: 'enabled', value: (n) => n.enabled },
    { name: 'dark_since', value: (n) => n.darkSince },
    { name: 'notes', value: (n) => n.notes },
  ]
}

const RANGE_COLUMNS: readonly Column<Network>[] = [
  { name: 'first', value: (n) => formatIp(n.first), order: (n) => n.first },
  { name: 'last', value: (n) => formatIp(n.last), order: (n) => n.last },
  { name: 'prefix_length', value: (n) => n.prefixLength },
  { name: 'addresses', value: sizeOf },
]

function mustDraft(fields: DraftFields, kept?: NetworkDraft): NetworkDraft {
  const drafted = draftNetwork(fields, kept)
  if (drafted.ok) return drafted.value
  throw new UsageMistake(drafted.mistakes.map((mistake) => mistake.error).join('\n'))
}

function nameOf(network: Network): string {
  const name = network.name === '' ? '' : ` (${printable(network.name)})`
  return `${formatNetwork(network)}${name}`
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
