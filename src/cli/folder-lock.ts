import { spawn, spawnSync } from 'node:child_process'
import { closeSync, constants, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { lockFileOf } from './data-folder.js'

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY, O_RDWR } = constants
/** Who only asks whether the lock is held holds it for an instant. */
const INSTANT_SECONDS = '0.5'
const TAKEN = 1
const LONGEST_PID = 20

/**
 * A lock of the kernel's (flock) on a file that this process keeps open: it ends with the
 * process, however that ends. flock(1) takes it for us, on the open file it inherits.
 */
export interface HeldLock {
  release(): void
}

/** The right to be the one `ipspace up` of a data folder; or the process id of who has it. */
export function lockForUp(dataDir: string): HeldLock | { readonly pid: number } {
  const file = openSync(lockFileOf(dataDir), O_RDWR | O_NOFOLLOW)
  if (!takeNow(file, '--exclusive')) return { pid: readPid(file) }
  ftruncateSync(file)
  writeSync(file, `${process.pid}\n`, 0)
  return { release: () => closeSync(file) }
}

/** The process id of the `ipspace up` that runs on a data folder, if one does. */
export function findUp(dataDir: string): number | undefined {
  const file = openSync(lockFileOf(dataDir), O_RDWR | O_NOFOLLOW)
  const isFree = takeNow(file, '--shared')
  const pid = isFree ? undefined : readPid(file)
  closeSync(file)
  return pid
}

/** Says that this process uses the private server; waits while somebody is stopping it. */
export async function joinUsers(dataDir: string): Promise<HeldLock> {
  const folder = openSync(dataDir, O_RDONLY | O_DIRECTORY)
  await takeWhenFree(folder, '--shared')
  return { release: () => closeSync(folder) }
}

/** Waits until no other process uses the private server, and lets none begin. */
export async function outlastUsers(dataDir: string): Promise<HeldLock> {
  const folder = openSync(dataDir, O_RDONLY | O_DIRECTORY)
  await takeWhenFree(folder, '--exclusive')
  return { release: () => closeSync(folder) }
}

type Kind = '--shared' | '--exclusive'

function takeNow(file: number, kind: Kind): boolean {
  const taken = spawnSync('flock', [kind, '--timeout', INSTANT_SECONDS, '3'], {
    stdio: ['ignore', 'ignore', 'ignore', file],
  })
  if (taken.error !== undefined || (taken.status !== 0 && taken.status !== TAKEN)) {
    throw new Error('cli: flock does not work here; it is part of util-linux', {
      cause: taken.error,
    })
  }
  return taken.status === 0
}

function takeWhenFree(file: number, kind: Kind): Promise<void> {
  const child = spawn('flock', [kind, '3'], { stdio: ['ignore', 'ignore', 'ignore', file] })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`cli: flock ended with ${code}`)),
    )
  })
}

function readPid(file: number): number {
  const buffer = Buffer.alloc(LONGEST_PID)
  return Number.parseInt(buffer.toString('utf8', 0, readSync(file, buffer, 0, LONGEST_PID, 0)), 10)
}
