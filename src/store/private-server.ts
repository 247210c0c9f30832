import { type ChildProcess, spawn } from 'node:child_process'
import {
  closeSync,
  constants,
  existsSync,
  fchownSync,
  mkdirSync,
  openSync,
  readFileSync,
  statfsSync,
  statSync,
} from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openStore } from './pool.js'
import { neededMegabytes, serverArguments } from './server-arguments.js'

/** Words put before a command so that it runs as somebody else, or dies with its parent. */
export type Launch = readonly string[]

const DATABASE = 'ipspace'
const READY_TIMEOUT_MS = 60_000
const READY_POLL_MS = 25
const STOP_TIMEOUT_MS = 30_000
/** A Unix socket's path holds 108 bytes with its closing zero. */
const SOCKET_PATH_LIMIT = 107
const TAKEN_EXIT_CODE = 75

/**
 * Makes the new database beside its place and puts it there when it is whole: an interrupted
 * initialisation is begun again, never taken for a database. Another may have finished just now.
 * A MariaDB that starts clears its folder for temporary files of all that any other has there, so
 * each needs one of its own.
 */
const INITIALISE = `
  umask 077
  [ -d "$1/mysql" ] && exit
  rm -rf -- "$1.new" "$1.tmp" && mkdir "$1.tmp" || exit
  TMPDIR="$1.tmp" mariadb-install-db --no-defaults --datadir="$1.new" \
    --auth-root-authentication-method=normal --skip-test-db "$2" || exit
  rm -rf -- "$1.tmp" && mv -T -- "$1.new" "$1"
`

export interface PrivateServer {
  readonly socketPath: string
  readonly database: string
  readonly process: ChildProcess
  stop(): Promise<void>
}

/** Another process runs the database of this data folder. */
export class ServerTaken extends Error {
  override readonly name = 'ServerTaken'
}

/** Where the private server of a data folder listens; another process of the machine may connect to it. */
export function privateSocket(dataDir: string): string {
  return path.join(dataDir, 'db', 'socket')
}

/** The private server's own log, kept over restarts. */
export function privateServerLog(dataDir: string): string {
  return path.join(dataDir, 'db', 'error.log')
}

/** The database's address on the private server of a data folder. */
export function privateAddress(dataDir: string): { socketPath: string; database: string } {
  return { socketPath: privateSocket(dataDir), database: DATABASE }
}

/**
 * Initialises the folder where it is new, starts MariaDB on a socket in it, and waits until it
 * answers. It holds a lock of the folder for as long as it lives, and ends in order when this
 * process dies. Throws ServerTaken where another server holds the folder.
 */
export async function startPrivateServer(
  dataDir: string,
  launch: Launch = [],
): Promise<PrivateServer> {
  const socketPath = privateSocket(dataDir)
  if (Buffer.byteLength(socketPath) > SOCKET_PATH_LIMIT) {
    throw new Error(
      `store: the path ${socketPath} is too long for a socket: set IPSPACE_DATA_DIR to a shorter one`,
    )
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const folder = path.join(dataDir, 'db')
  if (!existsSync(path.join(folder, 'mysql'))) await initialise(dataDir, folder, launch)
  const args = [...serverArguments(folder, socketPath), ...asRoot(launch)]
  const child = run(dataDir, launch, [...locked(dataDir), 'mariadbd', ...args])
  await waitUntilReady(child, dataDir)
  return { socketPath, database: DATABASE, process: child, stop: () => stop(child) }
}

/** Whether a server answers on the data folder's socket. */
export async function isServing(dataDir: string): Promise<boolean> {
  const store = openStore({ socketPath: privateSocket(dataDir) }, { connections: 1 })
  try {
    await store.run(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`)
    return true
  } catch {
    return false
  } finally {
    await store.close()
  }
}

async function initialise(dataDir: string, folder: string, launch: Launch): Promise<void> {
  const disk = statfsSync(dataDir)
  const freeMegabytes = Math.floor((disk.bavail * disk.bsize) / 2 ** 20)
  if (freeMegabytes < neededMegabytes()) {
    throw new Error(
      `store: the disk of ${dataDir} has ${freeMegabytes} MB free; a new database needs ${neededMegabytes()}`,
    )
  }
  const user = asRoot(launch)[0] ?? '--skip-name-resolve'
  const command = ['sh', '-c', INITIALISE, 'ipspace', folder, user]
  const child = run(dataDir, launch, [...locked(dataDir), ...command])
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('exit', resolve))
  if (code === 0) return
  if (code === TAKEN_EXIT_CODE) throw taken(dataDir)
  throw new Error(`store: the database cannot be initialised (${code}): see ${outputOf(dataDir)}`)
}

/**
 * MariaDB's own locks let a second server wait and take over. This one is held by the very
 * process that becomes the server (`--no-fork`), so it outlives whoever started it and never the server.
 */
function locked(dataDir: string): string[] {
  const lock = path.join(dataDir, 'db.lock')
  return ['flock', '--nonblock', '-E', String(TAKEN_EXIT_CODE), '--no-fork', lock]
}

/** MariaDB refuses to run as root unless told so; a launch that drops root needs no telling. */
function asRoot(launch: Launch): string[] {
  return process.getuid?.() === 0 && launch.length === 0 ? ['--user=root'] : []
}

function run(dataDir: string, launch: Launch, command: readonly string[]): ChildProcess {
  const words = [...launch, 'setpriv', '--pdeathsig', 'TERM', '--', ...command]
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants
  // The folder belongs to the service user: root must not follow a link that it put there.
  const output = openSync(outputOf(dataDir), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600)
  const { uid, gid } = statSync(dataDir)
  if (process.getuid?.() === 0) fchownSync(output, uid, gid)
  try {
    return spawn(words[0]!, words.slice(1), {
      stdio: ['ignore', output, output],
      detached: true,
      cwd: '/',
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin` },
    })
  } finally {
    closeSync(output)
  }
}

/** What the programs around the server say; the server itself writes its own log. */
function outputOf(dataDir: string): string {
  return path.join(dataDir, 'db-output.log')
}

async function waitUntilReady(child: ChildProcess, dataDir: string): Promise<void> {
  const giveUpAt = Date.now() + READY_TIMEOUT_MS
  let failure: unknown
  child.once('error', (error) => {
    failure = error
  })
  for (;;) {
    if (child.exitCode === TAKEN_EXIT_CODE) throw taken(dataDir)
    if (failure !== undefined || hasEnded(child) || Date.now() > giveUpAt) {
      await stop(child)
      throw new Error(
        `store: the private MariaDB did not start: see ${privateServerLog(dataDir)} and ${outputOf(dataDir)}`,
        { cause: failure },
      )
    }
    if (isOwnPid(child, dataDir) && (await isServing(dataDir))) return
    await pause(READY_POLL_MS)
  }
}

/** Until it holds the folder, another server may be the one that answers. */
function isOwnPid(child: ChildProcess, dataDir: string): boolean {
  try {
    return Number(readFileSync(path.join(dataDir, 'db', 'pid'), 'utf8')) === child.pid
  } catch {
    return false
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || hasEnded(child)) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await Promise.race([ended, pause(STOP_TIMEOUT_MS, undefined, { ref: false })])
  if (!hasEnded(child)) child.kill('SIGKILL')
  await ended
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

function taken(dataDir: string): ServerTaken {
  return new ServerTaken(`store: another process runs the database in ${dataDir}`)
}
