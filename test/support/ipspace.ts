import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { PROJECT_DIR } from '../../src/config.js'

const COMMAND = path.join(PROJECT_DIR, 'bin', 'ipspace')
const WAIT_MS = 25_000
const POLL_MS = 20

// What `npm test` has done before; alone, a test would run what was built earlier.
execFileSync(process.execPath, [path.join(PROJECT_DIR, 'bin', 'setup.mjs')], { stdio: 'inherit' })

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string
  /** Words before the command, such as `setpriv ... --`. */
  readonly launch?: readonly string[]
}

/** Runs the real command to its end. */
export async function ipspace(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const running = startIpspace(args, options)
  running.process.stdin?.end(options.input ?? '')
  const [code] = await once(running.process, 'close')
  return { code, stdout: running.stdout(), stderr: running.stderr() }
}

/** The command as it runs; what it has said so far is there at any time. */
export interface Running {
  readonly process: ChildProcess
  stdout(): string
  stderr(): string
  /** Resolves once what it says holds `text`; rejects with what it said where it ends or takes too long. */
  says(text: string): Promise<void>
}

export function startIpspace(args: readonly string[], options: RunOptions = {}): Running {
  const words = [...(options.launch ?? []), process.execPath, COMMAND, ...args]
  const child = spawn(words[0]!, words.slice(1), {
    cwd: PROJECT_DIR,
    env: { ...process.env, IPSPACE_DOTENV: 'read', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    said.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    said.err += chunk
  })
  const stdout = () => said.out
  const stderr = () => said.err
  const says = async (text: string) => {
    const ended = () => child.exitCode !== null || child.signalCode !== null
    await until(() => `${said.out}${said.err}`.includes(text) || ended())
    if (!`${said.out}${said.err}`.includes(text)) throw new Error(`${said.out}${said.err}`)
  }
  return { process: child, stdout, stderr, says }
}

/** Looks again and again until it is so. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + WAIT_MS
  while (!(await isSo())) {
    if (Date.now() > giveUpAt) throw new Error(`not so within ${WAIT_MS} ms: ${isSo}`)
    await pause(POLL_MS)
  }
}

/** A new folder of the test's own, and how to remove it. */
export function makeFolder(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'ipspace-test-'))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** One line of /proc/PID/status, such as `CapEff`. */
export function statusOf(pid: number, field: string): string {
  const line = new RegExp(`^${field}:\\s*(.*)$`, 'm')
  return line.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? ''
}

/** A process whose parent is gone may stay as a zombie where nobody collects it: that is not alive. */
export function isAlive(pid: number): boolean {
  try {
    return !statusOf(pid, 'State').startsWith('Z')
  } catch {
    return false
  }
}

/** The children of a process by the last word of their command that says what they are. */
export function childrenOf(pid: number): Record<'database' | 'web' | 'scanner', number> {
  const own = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
  const named = own.filter(Boolean).map((child) => [nameOf(child), Number(child)] as const)
  return Object.fromEntries(named) as Record<'database' | 'web' | 'scanner', number>
}

function nameOf(pid: string): string {
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean)
  return words[0]?.endsWith('mariadbd') ? 'database' : (words.at(-1) ?? '')
}
