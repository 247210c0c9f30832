import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import path from 'node:path'

const PROGRAM = path.join(import.meta.dirname, 'scanner.ts')
const PROJECT = path.join(import.meta.dirname, '../..')

export interface ScannerOrder {
  readonly engine: string
  readonly address: { readonly socketPath: string; readonly database: string }
  /** For the configuration file that names nmap's path. */
  readonly folder: string
  readonly nmapPath?: string
  readonly environment?: Readonly<Record<string, string>>
  /** Words put before the scanner, such as those of a lab. */
  readonly around?: readonly string[]
  /** Words that the scanner puts before nmap. */
  readonly launch?: readonly string[]
}

export interface ScannerProcess {
  readonly process: ChildProcess
  /** Resolves when it has its name and is at work; fails where it ends before. */
  readonly ready: Promise<void>
  /** Exit code and signal. */
  readonly ended: Promise<[number | null, NodeJS.Signals | null]>
  /** Everything it has said on standard error. */
  said(): string
  kill(signal: NodeJS.Signals): void
  /** In order, as with Ctrl-C. */
  stop(): Promise<void>
}

/** Starts a whole scanner as a process of its own. */
export function startScanner(order: ScannerOrder): ScannerProcess {
  const config = path.join(order.folder, `${order.engine}.json`)
  writeFileSync(config, JSON.stringify({ tools: { nmap: order.nmapPath ?? '/usr/bin/nmap' } }))
  const { socketPath, database } = order.address
  const words = [
    ...(order.around ?? []),
    // So that none is left where the tests themselves are killed.
    ...['setpriv', '--pdeathsig', 'KILL'],
    // Behind a change of user: what libfaketime shares with nobody else belongs to the user who began.
    ...[
      'env',
      ...Object.entries(order.environment ?? {}).map(([name, value]) => `${name}=${value}`),
    ],
    ...[process.execPath, '--import', 'tsx', PROGRAM, socketPath, database],
    ...(order.launch ?? []),
  ]
  const child = spawn(words[0]!, words.slice(1), {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      IPSPACE_ENGINE: order.engine,
      IPSPACE_CONFIG: config,
    },
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const ended = once(child, 'exit') as ScannerProcess['ended']
  const ready = Promise.race([
    once(child.stdout, 'data').then(() => undefined),
    ended.then(([code, signal]) => {
      throw new Error(`the scanner ended before it was ready (${code ?? signal}): ${said}`)
    }),
  ])
  ready.catch(() => undefined)
  return {
    process: child,
    ready,
    ended,
    said: () => said,
    kill: (signal) => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
