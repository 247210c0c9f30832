/** A whole scanner as a program: `node --import tsx test/support/scanner.ts SOCKET DATABASE LAUNCH-WORD...` */
import { EngineTaken, runScanner } from '../../cron/scanner.js'
import { readConfig } from '../../src/config.js'
import { openLog } from '../../src/log.js'
import { openStore } from '../../src/store/pool.js'

const [socketPath = '', database = '', ...launch] = process.argv.slice(2)
const config = readConfig(process.env)
const store = openStore({ socketPath, database }, { connections: 2, statementTimeoutMs: 60_000 })
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
try {
  await runScanner({
    store,
    config,
    launch,
    log: openLog('scanner', config.logLevel),
    signal: stop.signal,
    onReady: () => process.stdout.write('ready\n'),
  })
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = error instanceof EngineTaken ? 1 : 3
}
await store.close()
