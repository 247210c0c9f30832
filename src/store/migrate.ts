import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { PROJECT_DIR } from '../config.js'
import type { Db } from './pool.js'

const LOCK_SECONDS = 120
const LOCK_WAIT_MS = 150_000
const LOCK_POLL_MS = 200
/** Duplicate column name, duplicate key name. */
const ADDED_ALREADY: ReadonlySet<number> = new Set([1060, 1061])

export interface Migration {
  readonly version: number
  readonly name: string
  readonly checksum: string
  readonly statements: readonly string[]
}

export interface MigrationState {
  readonly version: number
  readonly name: string
  readonly state: 'applied' | 'begun' | 'waiting'
  readonly appliedAt: Date | undefined
}

/** The files of `sql/`, in the order of their numbers. Throws where two share a number. */
export function readMigrations(folder: string = path.join(PROJECT_DIR, 'sql')): Migration[] {
  const migrations = readdirSync(folder)
    .filter((name) => /^\d{3}-[a-z0-9-]+\.sql$/.test(name))
    .sort()
    .map((name) => {
      const text = readFileSync(path.join(folder, name), 'utf8')
      const checksum = createHash('sha256').update(text).digest('hex')
      return {
        version: Number(name.slice(0, 3)),
        name,
        checksum,
        statements: splitStatements(text),
      }
    })
  const twice = migrations.find((m, i) => m.version === migrations[i + 1]?.version)
  if (twice) throw new Error(`store: two migrations are numbered ${twice.version}`)
  return migrations
}

/** What is applied, what was begun and not finished, and what waits. */
export async function showMigrations(
  db: Db,
  migrations: readonly Migration[] = readMigrations(),
): Promise<MigrationState[]> {
  await makeTables(db)
  const applied = new Map((await recorded(db)).map((row) => [row.version, row]))
  return migrations.map((migration) => {
    const row = applied.get(migration.version)
    const state = row === undefined ? 'waiting' : row.applied_at === null ? 'begun' : 'applied'
    return {
      version: migration.version,
      name: migration.name,
      state,
      appliedAt: row?.applied_at ?? undefined,
    }
  })
}

/**
 * Applies what waits, one statement at a time, and answers the names of the files it finished.
 * Of two that call at once, one works and the other waits. A run that was killed is taken up at
 * the statement it stopped in, so each statement must bear being run twice. Throws where an
 * applied file has changed since, or where the database knows a file that this release does not.
 */
export async function migrate(
  db: Db,
  owner: string,
  migrations: readonly Migration[] = readMigrations(),
): Promise<string[]> {
  await makeTables(db)
  if (await isUpToDate(db, migrations)) return []
  await takeLock(db, owner)
  try {
    return await applyWaiting(db, owner, migrations)
  } finally {
    await db.run('UPDATE migration_lock SET owner = NULL WHERE id = 1 AND owner = ?', [owner])
  }
}

interface RecordedMigration {
  version: number
  name: string
  checksum: string
  statements_done: number
  applied_at: Date | null
}

async function applyWaiting(
  db: Db,
  owner: string,
  migrations: readonly Migration[],
): Promise<string[]> {
  const known = new Map((await recorded(db)).map((row) => [row.version, row]))
  refuseChanged(known, migrations)
  const finished: string[] = []
  for (const migration of migrations) {
    if (known.get(migration.version)?.applied_at) continue
    await db.run(
      'INSERT IGNORE INTO migration (version, name, checksum, statements_done) VALUES (?, ?, ?, 0)',
      [migration.version, migration.name, migration.checksum],
    )
    const done = known.get(migration.version)?.statements_done ?? 0
    for (const [index, statement] of migration.statements.entries()) {
      if (index < done) continue
      await keepLock(db, owner)
      await applyOnce(db, statement)
      await db.run('UPDATE migration SET statements_done = ? WHERE version = ?', [
        index + 1,
        migration.version,
      ])
    }
    await db.run('UPDATE migration SET applied_at = UTC_TIMESTAMP() WHERE version = ?', [
      migration.version,
    ])
    finished.push(migration.name)
  }
  return finished
}

/** ALTER TABLE has no portable IF NOT EXISTS: a column or key that is there already was added before. */
async function applyOnce(db: Db, statement: string): Promise<void> {
  try {
    await db.run(statement)
  } catch (error) {
    if (!ADDED_ALREADY.has((error as { errno?: number }).errno ?? 0)) throw error
  }
}

function refuseChanged(
  known: ReadonlyMap<number, RecordedMigration>,
  migrations: readonly Migration[],
): void {
  const files = new Map(migrations.map((migration) => [migration.version, migration]))
  for (const row of known.values()) {
    const file = files.get(row.version)
    if (file === undefined) {
      throw new Error(
        `store: the database has migration ${row.name}, which this release does not: install the newer ipspace`,
      )
    }
    if (file.checksum !== row.checksum) {
      throw new Error(
        `store: migration ${file.name} was applied and has changed since: restore the file and put the change into a new one`,
      )
    }
  }
}

async function isUpToDate(db: Db, migrations: readonly Migration[]): Promise<boolean> {
  const rows = await recorded(db)
  refuseChanged(new Map(rows.map((row) => [row.version, row])), migrations)
  return rows.length === migrations.length && rows.every((row) => row.applied_at !== null)
}

function recorded(db: Db): Promise<RecordedMigration[]> {
  return db.query<RecordedMigration>(
    'SELECT version, name, checksum, statements_done, applied_at FROM migration ORDER BY version',
  )
}

async function makeTables(db: Db): Promise<void> {
  await db.run(`CREATE TABLE IF NOT EXISTS migration (
    version INT UNSIGNED NOT NULL PRIMARY KEY,
    name VARCHAR(128) NOT NULL,
    checksum CHAR(64) NOT NULL,
    statements_done INT UNSIGNED NOT NULL,
    applied_at DATETIME NULL
  )`)
  await db.run(`CREATE TABLE IF NOT EXISTS migration_lock (
    id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
    owner VARCHAR(128) NULL,
    held_until DATETIME NULL
  )`)
  await db.run('INSERT IGNORE INTO migration_lock (id) VALUES (1)')
}

async function takeLock(db: Db, owner: string): Promise<void> {
  const giveUpAt = Date.now() + LOCK_WAIT_MS
  for (;;) {
    const taken = await db.run(
      `UPDATE migration_lock SET owner = ?, held_until = UTC_TIMESTAMP() + INTERVAL ${LOCK_SECONDS} SECOND
       WHERE id = 1 AND (owner IS NULL OR held_until < UTC_TIMESTAMP())`,
      [owner],
    )
    if (taken.affected === 1) return
    if (Date.now() > giveUpAt) {
      const [lock] = await db.query<{ owner: string }>(
        'SELECT owner FROM migration_lock WHERE id = 1',
      )
      throw new Error(`store: ${lock?.owner} has held the migration lock for too long`)
    }
    await pause(LOCK_POLL_MS)
  }
}

async function keepLock(db: Db, owner: string): Promise<void> {
  const kept = await db.run(
    `UPDATE migration_lock SET held_until = UTC_TIMESTAMP() + INTERVAL ${LOCK_SECONDS} SECOND
     WHERE id = 1 AND owner = ?`,
    [owner],
  )
  if (kept.affected !== 1)
    throw new Error(`store: another process took the migration lock from ${owner}`)
}

/** Statements end with a semicolon at a line's end; no statement of ours holds one elsewhere. */
function splitStatements(text: string): string[] {
  return text
    .replace(/^--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
}
