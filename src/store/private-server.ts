import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { totalmem } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openStore } from './pool.js'

/** Words put before a command so that it runs as somebody else, or dies with its parent. */
export type Launch = readonly string[]

const DATABASE = 'ipspace'
const READY_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 30_000
/** A Unix socket's path holds 108 bytes with its closing zero. */
const SOCKET_PATH_LIMIT = 107

export interface PrivateServer {
  readonly socketPath: string
  readonly database: string
  readonly process: ChildProcess
  stop(): Promise<void>
}

/** Where the private server of a data folder listens; another process of the machine may connect to it. */
export function privateSocket(dataDir: string): string {
  return path.join(dataDir, 'db', 'socket')
}

/** Initialises the folder where it is new, starts MariaDB on a socket in it, and waits until it answers. */
export async function startPrivateServer(
  dataDir: string,
  launch: Launch = [],
): Promise<PrivateServer> {
  const folder = path.join(dataDir, 'db')
  const socketPath = privateSocket(dataDir)
  if (Buffer.byteLength(socketPath) > SOCKET_PATH_LIMIT) {
    throw new Error(
      `store: the path ${socketPath} is too long for a socket: set IPSPACE_DATA_DIR to a shorter one`,
    )
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(dataDir, 0o700)
  if (!existsSync(path.join(folder, 'mysql'))) await initialise(folder, launch)
  const serverArgs = [...serverArguments(folder, socketPath), ...asRoot(launch)]
  const child = run(launch, 'mariadbd', serverArgs, path.join(folder, 'server.log'))
  await waitUntilReady(child, socketPath, folder)
  return { socketPath, database: DATABASE, process: child, stop: () => stop(child) }
}

function serverArguments(folder: string, socketPath: string): string[] {
  const poolMegabytes = Math.min(1024, Math.max(64, Math.floor(totalmem() / 2 ** 20 / 16)))
  return [
    '--no-defaults',
    `--datadir=${folder}`,
    `--socket=${socketPath}`,
    `--pid-file=${path.join(folder, 'pid')}`,
    `--log-error=${path.join(folder, 'error.log')}`,
    '--skip-networking',
    '--skip-name-resolve',
    '--skip-log-bin',
    '--performance-schema=OFF',
    '--character-set-server=utf8mb4',
    '--collation-server=utf8mb4_bin',
    '--default-time-zone=+00:00',
    `--innodb-buffer-pool-size=${poolMegabytes}M`,
    `--innodb-log-file-size=${Math.min(512, poolMegabytes * 2)}M`,
    '--innodb-undo-tablespaces=3',
    '--innodb-undo-log-truncate=ON',
    '--max-connections=60',
    '--max-allowed-packet=64M',
  ]
}

async function initialise(folder: string, launch: Launch): Promise<void> {
  const child = run(
    launch,
    'mariadb-install-db',
    [
      '--no-defaults',
      `--datadir=${folder}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      ...asRoot(launch),
    ],
    path.join(folder, '..', 'db-install.log'),
  )
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('exit', resolve))
  if (code !== 0)
    throw new Error(`store: mariadb-install-db ended with ${code}: see ${folder}/../db-install.log`)
}

/** MariaDB refuses to run as root unless told so; a launch that drops root needs no telling. */
function asRoot(launch: Launch): string[] {
  return process.getuid?.() === 0 && launch.length === 0 ? ['--user=root'] : []
}

function run(launch: Launch, command: string, args: string[], logFile: string): ChildProcess {
  const [first = command, ...rest] = [...launch, command, ...args]
  const log = openSync(logFile, 'a', 0o600)
  return spawn(first, rest, { stdio: ['ignore', log, log], detached: true })
}

async function waitUntilReady(
  child: ChildProcess,
  socketPath: string,
  folder: string,
): Promise<void> {
  const giveUpAt = Date.now() + READY_TIMEOUT_MS
  let failure: unknown
  child.once('error', (error) => {
    failure = error
  })
  for (;;) {
    if (failure !== undefined || child.exitCode !== null || Date.now() > giveUpAt) {
      throw new Error(`store: the private MariaDB did not start: see ${folder}/error.log`, {
        cause: failure,
      })
    }
    if (await answers(socketPath)) return
    await pause(25)
  }
}

async function answers(socketPath: string): Promise<boolean> {
  const store = openStore({ socketPath }, { connections: 1 })
  try {
    await store.run(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`)
    return true
  } catch {
    return false
  } finally {
    await store.close()
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await Promise.race([ended, pause(STOP_TIMEOUT_MS, undefined, { ref: false })])
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
}
