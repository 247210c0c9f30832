import { randomUUID } from 'node:crypto'
import { SingleBar } from 'cli-progress'
import type { Command } from 'commander'
import type { SweepContext } from '../../cron/context.js'
import { type SweepResult, sweepNetwork } from '../../cron/sweep.js'
import type { Config } from '../config.js'
import { formatNetwork } from '../core/address/network.js'
import { slotStart } from '../core/scan/schedule.js'
import { openLog } from '../log.js'
import { checkNmap } from '../probe/nmap-rights.js'
import { findNetworks, listNetworks, type Network } from '../store/networks.js'
import type { Store } from '../store/pool.js'
import { readSettings } from '../store/settings.js'
import { listSites, type Site } from '../store/sites.js'
import { readClock } from '../store/sweeps.js'
import { Failure, UsageMistake } from './mistakes.js'
import { nmapLaunch } from './privileges.js'
import { withStore } from './with-store.js'

interface Order {
  readonly site: Site
  readonly network: Network
}

export function sweepCommands(program: Command): void {
  program
    .command('sweep')
    .description('sweep networks now, whatever their interval')
    .argument('[network...]', 'CIDR, first-last, name or id; all enabled networks without one')
    .option('--site <name>', 'the site of the networks')
    .addHelpText(
      'after',
      '\nIt obeys the same claims as the scanner: a network whose five-minute slot is counted\nalready is swept and shown, and the counters stay as they are.',
    )
    .action((names: string[], options: { site?: string }) =>
      withStore((store, config) => sweepNow(store, config, names, options.site), { long: true }),
    )
}

async function sweepNow(
  store: Store,
  config: Config,
  names: readonly string[],
  siteName: string | undefined,
): Promise<void> {
  const orders = await findOrders(store, names, siteName)
  const launch = nmapLaunch(config)
  const rights = await checkNmap(config.nmapPath, launch)
  if (rights.state === 'refused') throw new Failure(`${rights.reason}: ${rights.mend}`)
  const settings = await readSettings(store)
  const stop = new AbortController()
  const interrupt = () => stop.abort()
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  const context: SweepContext = {
    store,
    launch,
    log: openLog('sweep', config.logLevel === 'info' ? 'error' : config.logLevel),
    nmapPath: config.nmapPath,
    engine: `${config.engine}:sweep`,
    token: randomUUID(),
    signal: stop.signal,
    darkHours: settings['scan.dark_hours'],
  }
  const results: SweepResult[] = []
  for (const order of orders) {
    if (!stop.signal.aborted) {
      results.push(await sweepOne(context, order, settings['scan.packets_per_second']))
    }
  }
  if (stop.signal.aborted)
    throw new Failure('interrupted: what was not counted by then is not counted')
  if (results.some(hasFailed)) throw new Failure('not every network could be swept: see above')
}

async function sweepOne(context: SweepContext, order: Order, limit: number): Promise<SweepResult> {
  const name = formatNetwork(order.network)
  const progress = showProgress(name)
  const packetsPerSecond = Math.min(order.network.packetsPerSecond, limit)
  const slotAt = slotStart(await readClock(context.store))
  const following = { ...context, onProgress: progress.onProgress }
  const result = await sweepNetwork(following, { ...order, slotAt, packetsPerSecond }, true)
  progress.stop()
  process.stdout.write(`${summarise(name, result)}\n`)
  return result
}

/** A bar on a terminal, nothing in a pipe: its summary line comes by itself. */
function showProgress(name: string): {
  onProgress: (asked: number, answered: number) => void
  stop: () => void
} {
  if (process.stderr.isTTY !== true) return { onProgress: () => undefined, stop: () => undefined }
  const format = `${name} {bar} {percentage} %  {value} of {total} asked, {answered} answered`
  const bar = new SingleBar({
    format,
    clearOnComplete: true,
    hideCursor: true,
    stream: process.stderr,
  })
  bar.start(1, 0, { answered: 0 })
  return {
    onProgress: (asked, answered) => {
      bar.setTotal(Math.max(bar.getTotal(), asked))
      bar.update(asked, { answered })
    },
    stop: () => bar.stop(),
  }
}

function summarise(name: string, result: SweepResult): string {
  const reasons = new Set(result.parts.flatMap((part) => part.reason ?? []))
  if (reasons.size > 0) {
    const states = [...new Set(result.parts.map((part) => part.state))].join(', ')
    return `${name}: ${states}: ${[...reasons].join('; ')}`
  }
  const figures = [
    `${result.asked} probed`,
    `${result.alive} answered`,
    `${result.new} new`,
    `${result.asked - result.alive} silent`,
    `${result.seconds.toFixed(1)} s`,
    `${result.packets} packets`,
  ]
  const isShown = result.parts.some((part) => part.state === 'shown')
  const slot = result.slotAt.toISOString().slice(11, 16)
  const note = isShown ? `; the slot of ${slot} UTC was counted already, the counters stay` : ''
  return `${name}: ${figures.join(', ')}${note}`
}

function hasFailed(result: SweepResult): boolean {
  return result.parts.some((part) => part.state !== 'counted' && part.state !== 'shown')
}

async function findOrders(
  store: Store,
  names: readonly string[],
  siteName: string | undefined,
): Promise<Order[]> {
  const sites = await listSites(store)
  const site = sites.find((it) => it.name === siteName)
  if (siteName !== undefined && site === undefined) {
    const known = sites.map((it) => it.name).join(', ')
    throw new UsageMistake(`there is no site "${siteName}": choose ${known}`)
  }
  const all = await listNetworks(store, site?.id)
  const chosen = names.length === 0 ? all.filter((it) => it.enabled) : []
  for (const name of names) {
    const found = await findNetworks(store, site?.id, name)
    if (found.length !== 1) throw new UsageMistake(explainUnfound(name, found, all))
    chosen.push(...found)
  }
  if (chosen.length === 0)
    throw new UsageMistake('no network is watched: ipspace networks add 192.0.2.0/24')
  return chosen.map((network) => ({
    network,
    site: sites.find((it) => it.id === network.siteId)!,
  }))
}

function explainUnfound(name: string, found: readonly Network[], all: readonly Network[]): string {
  if (found.length > 1) {
    return `"${name}" stands for ${found.map(formatNetwork).join(' and ')}: name one by its range`
  }
  const some = all.slice(0, 10).map(formatNetwork)
  const known = all.length > some.length ? `${some.join(', ')}, ...` : some.join(', ')
  return `no watched network is "${name}": choose ${known}, or add it with ipspace networks add`
}
