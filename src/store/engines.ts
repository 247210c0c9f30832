import type { Db } from './pool.js'

/** How long an engine's name stays its own after it was last heard of. */
export const LEASE_SECONDS = 20

/** One scanner process: its name, the token of this life of it, and where it runs. */
export interface EngineIdentity {
  readonly name: string
  readonly token: string
  /** The machine's name and its boot: a rebooted machine has no process of before. */
  readonly machine: string
  /** Process id and start time, so that a reused id is told from the first. */
  readonly process: string
}

export interface Engine extends EngineIdentity {
  readonly started: Date
  readonly aliveUntil: Date
  readonly problem: string | undefined
}

/**
 * Takes the engine's name by one compare-and-set: where nobody has it, where its lease has run out,
 * or where its holder is `dead` (a token). Answers who has it afterwards.
 */
export async function takeEngine(
  db: Db,
  me: EngineIdentity,
  dead: string | undefined,
): Promise<Engine> {
  await db.run(
    `INSERT INTO engine (name, token, machine, process, started, alive_until)
     VALUES (?, ?, ?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))
     ON DUPLICATE KEY UPDATE name = VALUES(name)`,
    [me.name, me.token, me.machine, me.process],
  )
  await db.run(
    `UPDATE engine SET token = ?, machine = ?, process = ?, started = UTC_TIMESTAMP(3), problem = NULL,
       alive_until = UTC_TIMESTAMP(3) + INTERVAL ${LEASE_SECONDS} SECOND
     WHERE name = ? AND (alive_until <= UTC_TIMESTAMP(3) OR token = ?)`,
    [me.token, me.machine, me.process, me.name, dead ?? me.token],
  )
  return (await readEngine(db, me.name))!
}

/** Keeps the name for another lease, with what is wrong with this scanner, if anything; false: it is lost. */
export async function keepEngine(
  db: Db,
  me: EngineIdentity,
  problem: string | undefined,
): Promise<boolean> {
  const kept = await db.run(
    `UPDATE engine SET problem = ?, alive_until = UTC_TIMESTAMP(3) + INTERVAL ${LEASE_SECONDS} SECOND
     WHERE name = ? AND token = ? AND alive_until > UTC_TIMESTAMP(3)`,
    [problem ?? null, me.name, me.token],
  )
  return kept.affected === 1
}

/** Whether another engine lives that has no problem. */
export async function hasHealthyPeer(db: Db, me: EngineIdentity): Promise<boolean> {
  const peers = await db.query(
    `SELECT 1 FROM engine
     WHERE name <> ? AND problem IS NULL AND alive_until > UTC_TIMESTAMP(3) LIMIT 1`,
    [me.name],
  )
  return peers.length > 0
}

export async function leaveEngine(db: Db, me: EngineIdentity): Promise<void> {
  await db.run('DELETE FROM engine WHERE name = ? AND token = ?', [me.name, me.token])
}

export async function readEngine(db: Db, name: string): Promise<Engine | undefined> {
  const [row] = await db.query<EngineRow>(
    'SELECT name, token, machine, process, started, alive_until, problem FROM engine WHERE name = ?',
    [name],
  )
  return row && toEngine(row)
}

interface EngineRow {
  name: string
  token: string
  machine: string
  process: string
  started: Date
  alive_until: Date
  problem: string | null
}

function toEngine(row: EngineRow): Engine {
  return {
    name: row.name,
    token: row.token,
    machine: row.machine,
    process: row.process,
    started: row.started,
    aliveUntil: row.alive_until,
    problem: row.problem ?? undefined,
  }
}
