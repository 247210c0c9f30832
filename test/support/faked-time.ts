import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { migrate } from '../../src/store/migrate.js'
import { openStore, type Store } from '../../src/store/pool.js'
import { privateAddress, startPrivateServer } from '../../src/store/private-server.js'

const LIBRARIES = '/usr/lib'
const SHARED_MEMORY = '/dev/shm'

/** A MariaDB of its own whose clock, and that of every process given `environment`, the test moves as it likes. */
export interface FakedTime {
  readonly store: Store
  readonly folder: string
  readonly address: { readonly socketPath: string; readonly database: string }
  /** For whatever shall see the same time. */
  readonly environment: Readonly<Record<string, string>>
  /** Sets the clock, to a second; it goes on from there. */
  set(now: Date): void
  advance(seconds: number): void
  /** A clock of its own that is this many seconds ahead of it now, for a machine that is wrong. */
  ahead(seconds: number): Clock
  end(): Promise<void>
}

export type Clock = Pick<FakedTime, 'environment' | 'set' | 'advance' | 'ahead'>

/** True where libfaketime is. Elsewhere it says aloud which tests are skipped; in CI that is a failure. */
export function isFakedTimeHere(tests: string): boolean {
  if (findLibrary() !== undefined) return true
  const reason = 'libfaketime is not installed (run as root: apt-get install faketime)'
  if (process.env.CI) throw new Error(`${tests} cannot run: ${reason}`)
  process.stderr.write(`SKIPPED: ${tests}: ${reason}\n`)
  return false
}

export async function fakeTime(now: Date): Promise<FakedTime> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ipspace-time-'))
  const clock = makeClock(path.join(folder, 'clock'))
  clock.set(now)
  const environment = { ...clock.environment, TMPDIR: folder }
  const server = await withEnvironment(environment, () =>
    startPrivateServer(path.join(folder, 'data')),
  )
  const address = privateAddress(path.join(folder, 'data'))
  const store = openStore(address, { connections: 12, statementTimeoutMs: 60_000 })
  await migrate(store, 'test')
  const end = async () => {
    await store.close()
    await server.stop()
    removeLeftovers()
    rmSync(folder, { recursive: true, force: true })
  }
  return { store, folder, address, ...clock, end }
}

/** A clock in a file, which libfaketime reads each time that a process asks for the time. */
function makeClock(file: string, given = 0): Clock {
  let offset = given
  const move = (seconds: number) => {
    offset = Math.round(seconds)
    // In one step: a reader of half a file would see the machine's own time.
    writeFileSync(`${file}.new`, `${offset < 0 ? '' : '+'}${offset}\n`)
    renameSync(`${file}.new`, file)
  }
  move(given)
  return {
    environment: {
      LD_PRELOAD: findLibrary() ?? '',
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    set: (now) => move((now.getTime() - Date.now()) / 1_000),
    advance: (seconds) => move(offset + seconds),
    ahead: (seconds) => makeClock(`${file}-ahead-${seconds}`, offset + seconds),
  }
}

let starting: Promise<unknown> = Promise.resolve()

/** One after the other: the environment is this whole process's. */
function withEnvironment<T>(
  given: Readonly<Record<string, string>>,
  work: () => Promise<T>,
): Promise<T> {
  const started = starting.then(async () => {
    const before = { ...process.env }
    Object.assign(process.env, given)
    try {
      return await work()
    } finally {
      for (const name of Object.keys(given)) {
        if (before[name] === undefined) delete process.env[name]
        else process.env[name] = before[name]
      }
    }
  })
  starting = started.catch(() => undefined)
  return started
}

/** What libfaketime leaves behind of a process that was killed, and stumbles over when its id comes again. */
function removeLeftovers(): void {
  for (const name of existsSync(SHARED_MEMORY) ? readdirSync(SHARED_MEMORY) : []) {
    const pid = /^(?:sem\.)?faketime_(?:sem|shm)_(\d+)$/.exec(name)?.[1]
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) {
      rmSync(path.join(SHARED_MEMORY, name), { force: true })
    }
  }
}

function findLibrary(): string | undefined {
  return readdirSync(LIBRARIES)
    .map((folder) => path.join(LIBRARIES, folder, 'faketime/libfaketimeMT.so.1'))
    .find((file) => existsSync(file))
}
