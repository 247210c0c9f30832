import type { Db } from './pool.js'

/** A scanner as the pages show it. */
export interface ListedEngine {
  readonly name: string
  readonly isAlive: boolean
  readonly aliveUntil: Date
  /** What keeps it from sweeping, in a sentence with the mend. */
  readonly problem: string | undefined
}

/** Every scanner that was ever heard of and did not leave in order. */
export async function listEngines(db: Db): Promise<ListedEngine[]> {
  const rows = await db.query<{
    name: string
    is_alive: number
    alive_until: Date
    problem: string | null
  }>(
    `SELECT name, alive_until > UTC_TIMESTAMP(3) AS is_alive, alive_until, problem
     FROM engine ORDER BY name`,
  )
  return rows.map((row) => ({
    name: row.name,
    isAlive: row.is_alive === 1,
    aliveUntil: row.alive_until,
    problem: row.problem ?? undefined,
  }))
}
