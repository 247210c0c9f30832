import { once } from 'node:events'
import type { Command } from 'commander'
import { readConfig } from '../config.js'
import { openLog } from '../log.js'
import { openStore } from '../store/pool.js'
import { prepareDataFolder } from './data-folder.js'
import { findDatabase } from './database.js'
import { UsageMistake } from './mistakes.js'
import { becomePart, tellReady, untilAskedToEnd, WEB } from './own-process.js'
import { isRoot } from './service-user.js'
import { requireSchema } from './with-store.js'

export function webCommands(program: Command): void {
  program
    .command('web')
    .description('serve the pages alone, on the database of IPSPACE_DATABASE_URL')
    .action(serve)
}

async function serve(): Promise<void> {
  const config = prepareDataFolder(readConfig())
  const address = await findDatabase(config)
  if (isRoot()) return becomePart(WEB, config)
  const asked = untilAskedToEnd()
  const log = openLog('web', config.logLevel)
  const store = openStore(address)
  if (!process.connected) await requireSchema(store, address, false)
  // Not at the top: every other command starts sooner without the pages.
  const { startWeb } = await import('../web/server.js')
  const web = await startWeb({ store, address, config, log }).catch((error: unknown) => {
    throw explainListening(error, config.host, config.port)
  })
  log.info(`serving ${web.url}`)
  tellReady(web.url)
  if (!asked.aborted) await once(asked, 'abort')
  await web.close()
  await store.close()
}

function explainListening(error: unknown, host: string, port: number): unknown {
  const mends: Record<string, string> = {
    EADDRINUSE: `port ${port} of ${host} is taken: end what listens there, or set IPSPACE_PORT to another`,
    EACCES: `port ${port} is kept for root, and the web never runs as root: set IPSPACE_PORT to 1024 or more`,
    EADDRNOTAVAIL: `${host} is no address of this machine: set IPSPACE_HOST to one, or to 0.0.0.0 for all`,
    ENOTFOUND: `${host} is not known: set IPSPACE_HOST to an address of this machine, or to 0.0.0.0 for all`,
  }
  const cause = (error as Error).cause as NodeJS.ErrnoException | undefined
  const mend = mends[cause?.code ?? '']
  return mend === undefined ? error : new UsageMistake(mend)
}
