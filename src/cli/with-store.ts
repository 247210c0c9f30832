import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { type Config, readConfig } from '../config.js'
import { migrate, showMigrations } from '../store/migrate.js'
import { isMigrating } from '../store/migration-lock.js'
import {
  JOB_STATEMENT_TIMEOUT_MS,
  openStore,
  STATEMENT_TIMEOUT_MS,
  type Store,
  type StoreAddress,
} from '../store/pool.js'
import { ensureMainSite } from '../store/sites.js'
import { openDatabase } from './database.js'
import { Failure } from './mistakes.js'

const POLL_MS = 100

/**
 * Runs a command's work on the database, which is started for the command's own duration where
 * nothing runs it; the schema is there and the main site exists. `long` is for work whose
 * statements move millions of rows.
 */
export async function withStore<T>(
  work: (store: Store, config: Config) => Promise<T>,
  options: { readonly long?: boolean } = {},
): Promise<T> {
  const config = readConfig()
  const database = await openDatabase(config)
  const store = openStore(database.address, {
    statementTimeoutMs: options.long === true ? JOB_STATEMENT_TIMEOUT_MS : STATEMENT_TIMEOUT_MS,
  })
  try {
    await requireSchema(store, database.address, database.isOurs)
    await ensureMainSite(store, machineTimeZone(), new Date())
    return await work(store, config)
  } finally {
    await store.close()
    await database.close()
  }
}

/** Brings the schema up to this release, and makes the main site; answers the files it applied. */
export async function prepareSchema(address: StoreAddress): Promise<string[]> {
  const store = openStore(address, { statementTimeoutMs: JOB_STATEMENT_TIMEOUT_MS })
  try {
    const applied = await migrate(store, `${hostname()}:${process.pid}`)
    await ensureMainSite(store, machineTimeZone(), new Date())
    return applied
  } finally {
    await store.close()
  }
}

/**
 * A command never changes the schema under others that are at work: it does so only where it is
 * alone with its own server, or where the database is empty. Where another is doing it, it waits.
 */
export async function requireSchema(
  store: Store,
  address: StoreAddress,
  isOurs: boolean,
): Promise<void> {
  let mayBeChanging = true
  for (;;) {
    const migrations = await showMigrations(store)
    const waiting = migrations.filter((migration) => migration.state !== 'applied')
    if (waiting.length === 0) return
    if (isOurs || waiting.length === migrations.length) {
      await prepareSchema(address)
    } else if (mayBeChanging) {
      // Asked before the next look, so that one that ends in between is seen as done.
      mayBeChanging = await isMigrating(store)
      await pause(POLL_MS)
    } else {
      throw new Failure(
        `the database lacks ${waiting.map((migration) => migration.name).join(', ')}: run "ipspace migrate", or restart "ipspace up"`,
      )
    }
  }
}

function machineTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}
