import type { Command } from 'commander'
import { readConfig } from '../config.js'
import { openLog } from '../log.js'
import { JOB_STATEMENT_TIMEOUT_MS, openStore } from '../store/pool.js'
import { prepareDataFolder } from './data-folder.js'
import { findDatabase } from './database.js'
import { Failure } from './mistakes.js'
import { becomePart, SCANNER, tellReady, untilAskedToEnd } from './own-process.js'
import { isRoot } from './service-user.js'
import { requireSchema } from './with-store.js'

export function scannerCommands(program: Command): void {
  program
    .command('scanner')
    .description('sweep and count alone, on the database of IPSPACE_DATABASE_URL')
    .action(scan)
}

async function scan(): Promise<void> {
  const config = prepareDataFolder(readConfig())
  const address = await findDatabase(config)
  if (isRoot()) return becomePart(SCANNER, config)
  const signal = untilAskedToEnd()
  const log = openLog('scanner', config.logLevel)
  const store = openStore(address, { statementTimeoutMs: JOB_STATEMENT_TIMEOUT_MS })
  if (!process.connected) await requireSchema(store, address, false)
  const { EngineTaken, runScanner } = await import('../../cron/scanner.js')
  const onReady = () => {
    log.info(`sweeping as engine ${config.engine}`)
    tellReady(config.engine)
  }
  try {
    await runScanner({ store, config, log, launch: [], signal, onReady })
  } catch (error) {
    throw error instanceof EngineTaken ? new Failure(error.message) : error
  } finally {
    await store.close()
  }
}
