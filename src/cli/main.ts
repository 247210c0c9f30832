import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Command, CommanderError } from 'commander'
import { ConfigError, PROJECT_DIR } from '../config.js'
import { printableLines } from '../core/listing/printable.js'
import { addressesCommands } from './addresses.js'
import { configCommands } from './config.js'
import { doctorCommands } from './doctor.js'
import { duplicatesCommands } from './duplicates.js'
import { exclusionsCommands } from './exclusions.js'
import { fragileCommands } from './fragile.js'
import { migrateCommands } from './migrate.js'
import { EXIT_FAILED, EXIT_MISTAKE, UsageMistake } from './mistakes.js'
import { networksCommands } from './networks.js'
import { reportCommands } from './report.js'
import { resolversCommands } from './resolvers.js'
import { runCommands } from './run.js'
import { scannerCommands } from './scanner.js'
import { serviceCommands } from './service.js'
import { settingsCommands } from './settings.js'
import { sitesCommands } from './sites.js'
import { sweepCommands } from './sweep.js'
import { upCommands } from './up.js'
import { usersCommands } from './users.js'
import { webCommands } from './web.js'

/** Each adds its commands to the program; this is the order of `ipspace --help`. */
const COMMANDS: readonly ((program: Command) => void)[] = [
  upCommands,
  webCommands,
  scannerCommands,
  sweepCommands,
  runCommands,
  addressesCommands,
  reportCommands,
  duplicatesCommands,
  networksCommands,
  exclusionsCommands,
  fragileCommands,
  sitesCommands,
  resolversCommands,
  settingsCommands,
  usersCommands,
  doctorCommands,
  configCommands,
  migrateCommands,
  serviceCommands,
]

/** Runs one command line and sets the exit code: 0 done, 1 failed, 2 bad arguments or configuration. */
export async function run(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', endQuietly)
  try {
    await makeProgram().parseAsync(argv)
  } catch (error) {
    process.exitCode = explain(error)
  }
  // A channel to a supervisor would keep a finished process alive.
  if (process.connected) process.disconnect()
}

function makeProgram(): Command {
  const { version } = JSON.parse(readFileSync(path.join(PROJECT_DIR, 'package.json'), 'utf8'))
  const program = new Command('ipspace')
    .description('Watches an IPv4 address space: who answers, when, and what can be taken back.')
    .version(version)
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(add --help for what it takes)')
    .exitOverride()
  for (const addCommands of COMMANDS) addCommands(program)
  return program
}

/** Tells what went wrong, and answers the exit code for it. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_MISTAKE
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  const isDebugging = process.env.IPSPACE_LOG_LEVEL === 'debug'
  process.stderr.write(`ipspace: ${printableLines((isDebugging && stack) || message)}\n`)
  return error instanceof UsageMistake || error instanceof ConfigError ? EXIT_MISTAKE : EXIT_FAILED
}

/** Whoever reads us, such as `head`, has had enough. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
}

if (import.meta.filename === process.argv[1]) await run(process.argv)
