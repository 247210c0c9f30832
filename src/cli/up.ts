import type { ChildProcess } from 'node:child_process'
import type { Command } from 'commander'
import { type Config, readConfig } from '../config.js'
import { type Log, openLog } from '../log.js'
import { attachedNetworks } from '../probe/link.js'
import type { Network } from '../store/networks.js'
import { openStore, type Store, type StoreAddress } from '../store/pool.js'
import { privateAddress } from '../store/private-server.js'
import { prepareDataFolder } from './data-folder.js'
import { startOwnServer } from './database.js'
import { draftNetworks, makeFirstUser, watchNetworks } from './first-start.js'
import { type HeldLock, lockForUp } from './folder-lock.js'
import { EXIT_MISTAKE, Failure } from './mistakes.js'
import { type Part, type ReadyMessage, SCANNER, startPart, WEB } from './own-process.js'
import { checkReach, programPaths } from './privileges.js'
import { serviceUser } from './service-user.js'
import { type Service, Supervisor } from './supervisor.js'
import { writeWelcome } from './welcome.js'
import { prepareSchema } from './with-store.js'

const DATABASE_GRACE_MS = 30_000
const SCANNER_GRACE_MS = 10_000
const WEB_GRACE_MS = 7_000
/** npm passes a Ctrl-C on that the terminal has sent to all anyway: the second of the two is not a person's. */
const SAME_SIGNAL_MS = 1_000

export function upCommands(program: Command): void {
  program
    .command('up')
    .description('run all on this machine: database, scanner and web')
    .argument('[network...]', 'networks to watch from now on: CIDR or first-last')
    .option('--site <name>', 'the site of these networks')
    .action(up)
}

/** Runs until it is asked to end. Only this process keeps root's rights, where it was started with them. */
async function up(texts: readonly string[], options: { readonly site?: string }): Promise<void> {
  const drafts = draftNetworks(texts)
  const config = prepareDataFolder(readConfig())
  checkReach(serviceUser(config.dataDir), programPaths(config))
  const lock = takeUpLock(config)
  const log = openLog('ipspace', config.logLevel)
  const supervisor = new Supervisor(log)
  const address = await superviseDatabase(config, supervisor, log)
  const store = openStore(address)
  const asked = waitForSignals(supervisor)
  try {
    await prepareSchema(address)
    const watched = watchNetworks(store, drafts, options.site)
    await Promise.race([
      watched.then((networks) => run(config, store, supervisor, networks)),
      asked,
    ])
  } finally {
    log.info('stopping')
    await store.close()
    await supervisor.stop()
    lock.release()
  }
}

/** Resolves only where a part says that it can never start: its own message says why. */
async function run(
  config: Config,
  store: Store,
  supervisor: Supervisor,
  networks: readonly Network[],
): Promise<void> {
  const { ready, gaveUp } = superviseParts(config, supervisor)
  const url = await Promise.race([ready, gaveUp])
  if (url !== undefined) {
    const firstLogin = await makeFirstUser(store, config)
    const attached = attachedNetworks()
    process.stdout.write(writeWelcome({ url, config, networks, attached, firstLogin }))
  }
  await gaveUp
  process.exitCode = EXIT_MISTAKE
}

function takeUpLock(config: Config): HeldLock {
  const lock = lockForUp(config.dataDir)
  if (!('pid' in lock)) return lock
  throw new Failure(`ipspace runs on ${config.dataDir} already, as process ${lock.pid}`)
}

/** A first signal stops everything in order, a second one at once. */
function waitForSignals(supervisor: Supervisor): Promise<void> {
  let firstAt: number | undefined
  return new Promise((resolve) => {
    const ask = () => {
      firstAt ??= Date.now()
      if (Date.now() - firstAt >= SAME_SIGNAL_MS) supervisor.hurry()
      resolve()
    }
    process.on('SIGINT', ask).on('SIGTERM', ask).on('SIGHUP', ask)
  })
}

async function superviseDatabase(
  config: Config,
  supervisor: Supervisor,
  log: Log,
): Promise<StoreAddress> {
  if (config.databaseUrl !== undefined) return { url: config.databaseUrl }
  const start = async () => (await startOwnServer(config, (line) => log.info(line))).process
  const running = await start()
  supervisor.keep({ name: 'database', start, graceMs: DATABASE_GRACE_MS }, running)
  return privateAddress(config.dataDir)
}

/** `ready` is the web's URL; `gaveUp` resolves where a part ends by a mistake that no new start mends. */
function superviseParts(config: Config, supervisor: Supervisor) {
  let tellUrl: (url: string) => void
  let giveUp: (nothing: undefined) => void
  const ready = new Promise<string>((resolve) => {
    tellUrl = resolve
  })
  const gaveUp = new Promise<undefined>((resolve) => {
    giveUp = resolve
  })
  const service = (part: Part, graceMs: number, onReady: (what: string) => void): Service => ({
    name: part.command,
    graceMs,
    start: async () => {
      const child = await startPart(part, config)
      watchFirstSteps(child, onReady, () => giveUp(undefined))
      return child
    },
  })
  supervisor.keep(service(WEB, WEB_GRACE_MS, (url) => tellUrl(url)))
  supervisor.keep(service(SCANNER, SCANNER_GRACE_MS, () => undefined))
  return { ready, gaveUp }
}

function watchFirstSteps(
  child: ChildProcess,
  onReady: (what: string) => void,
  onMistake: () => void,
): void {
  let isReady = false
  child.once('message', ({ ready }: ReadyMessage) => {
    isReady = true
    onReady(ready)
  })
  child.once('exit', (code) => {
    if (code === EXIT_MISTAKE && !isReady) onMistake()
  })
}
