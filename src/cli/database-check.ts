import { listEngines } from '../store/engine-list.js'
import { showMigrations } from '../store/migrate.js'
import type { Store } from '../store/pool.js'
import { readClock } from '../store/sweeps.js'
import { type Finding, fail, ok, warn } from './finding.js'

/** A machine further off than this may not count. */
const CLOCK_TOLERANCE_MS = 30_000
const OLDEST_MARIADB = [10, 6] as const

/** The server, its tables, its clock beside ours, and what its scanners say of themselves. */
export async function checkDatabase(store: Store): Promise<Finding[]> {
  const migrations = await checkMigrations(store)
  const engines = migrations.state === 'ok' ? await checkEngines(store) : []
  return [await checkVersion(store), migrations, await checkClock(store), ...engines]
}

async function checkVersion(store: Store): Promise<Finding> {
  const [row] = await store.query<{ version: string }>('SELECT VERSION() AS version')
  return judgeVersion(row!.version)
}

/** `10.11.6-MariaDB-0+deb12u1` will do; MySQL (`8.0.36`) is written for, and said to be untested. */
export function judgeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  if (!/mariadb/i.test(version)) {
    return major >= 8
      ? warn(
          `the database is MySQL ${version}: ipspace is written for it, and not tested on it`,
          'MariaDB 10.6 or newer is tested',
        )
      : fail(`the database is MySQL ${version}, which is too old`, 'use MariaDB 10.6 or newer')
  }
  const isOld =
    major < OLDEST_MARIADB[0] || (major === OLDEST_MARIADB[0] && minor < OLDEST_MARIADB[1])
  return isOld
    ? fail(`the database is MariaDB ${version}, which is too old`, 'use MariaDB 10.6 or newer')
    : ok(`database: ${version}`)
}

async function checkMigrations(store: Store): Promise<Finding> {
  const migrations = await showMigrations(store)
  const waiting = migrations.filter((migration) => migration.state !== 'applied')
  return waiting.length === 0
    ? ok(`tables: all ${migrations.length} migrations are applied`)
    : fail(
        `the database lacks ${waiting.map((migration) => migration.name).join(', ')}`,
        'run "ipspace migrate"',
      )
}

async function checkClock(store: Store): Promise<Finding> {
  const offMs = Math.abs(Date.now() - (await readClock(store)).getTime())
  return offMs <= CLOCK_TOLERANCE_MS
    ? ok(`clock: ${(offMs / 1000).toFixed(1)} s from the database's`)
    : fail(
        `this machine's clock is ${Math.round(offMs / 1000)} s off the database's, so nothing is swept`,
        'set both clocks, by NTP',
      )
}

async function checkEngines(store: Store): Promise<Finding[]> {
  const living = (await listEngines(store)).filter((engine) => engine.isAlive)
  if (living.length === 0) return [warn('no scanner runs', 'start one with "ipspace up"')]
  return living.map(({ name, problem }) =>
    problem === undefined
      ? ok(`scanner: ${name} runs`)
      : fail(`scanner ${name} cannot sweep`, problem),
  )
}
