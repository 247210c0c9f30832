import type { Db } from './pool.js'

/** Work that a page or a command asked of the scanner. */
export interface WorkRequest {
  readonly id: number
  readonly what: string
  readonly argument: string
  readonly byWhom: string
  readonly state: 'waiting' | 'running' | 'done' | 'failed'
  readonly progress: string | undefined
  readonly answer: string | undefined
  readonly createdAt: Date
  readonly finishedAt: Date | undefined
}

/** Asks for work, such as `sweep` of a network's id, and answers the number to follow it by. */
export async function addRequest(
  db: Db,
  what: string,
  argument: string,
  byWhom: string,
  now: Date,
): Promise<number> {
  const added = await db.run(
    'INSERT INTO request (what, argument, by_whom, created_at) VALUES (?, ?, ?, ?)',
    [what, argument, byWhom, now],
  )
  return added.insertId
}

export async function hasWaitingRequests(db: Db): Promise<boolean> {
  return (await db.query("SELECT 1 FROM request WHERE state = 'waiting' LIMIT 1")).length > 0
}

/**
 * The oldest waiting request that `isMine` takes, now running and nobody else's: of two that claim
 * it at once, one gets it.
 */
export async function claimRequest(
  db: Db,
  isMine: (request: WorkRequest) => boolean = () => true,
): Promise<WorkRequest | undefined> {
  const rows = await db.query<RequestRow>(
    `SELECT id, what, argument, by_whom, state, progress, answer, created_at, finished_at
     FROM request WHERE state = 'waiting' ORDER BY id LIMIT 1000`,
  )
  for (const request of rows.map(toRequest).filter(isMine)) {
    const claimed = await db.run(
      "UPDATE request SET state = 'running' WHERE id = ? AND state = 'waiting'",
      [request.id],
    )
    if (claimed.affected === 1) return { ...request, state: 'running' }
  }
  return undefined
}

/** Says how far a running request is, for the page that follows it. */
export async function reportProgress(db: Db, id: number, progress: string): Promise<void> {
  await db.run("UPDATE request SET progress = ? WHERE id = ? AND state = 'running'", [progress, id])
}

export async function finishRequest(
  db: Db,
  id: number,
  outcome: { readonly state: 'done' | 'failed'; readonly answer: string },
  now: Date,
): Promise<void> {
  await db.run(
    "UPDATE request SET state = ?, answer = ?, finished_at = ? WHERE id = ? AND state = 'running'",
    [outcome.state, outcome.answer, now, id],
  )
}

export async function readRequest(db: Db, id: number): Promise<WorkRequest | undefined> {
  const [row] = await db.query<RequestRow>(
    `SELECT id, what, argument, by_whom, state, progress, answer, created_at, finished_at
     FROM request WHERE id = ?`,
    [id],
  )
  return row && toRequest(row)
}

/** Fails what was asked before an instant and never finished: whoever worked at it is gone. */
export async function giveUpRequests(db: Db, before: Date, now: Date): Promise<number> {
  const given = await db.run(
    `UPDATE request SET state = 'failed', answer = 'nobody finished this in time', finished_at = ?
     WHERE state IN ('waiting', 'running') AND created_at < ?`,
    [now, before],
  )
  return given.affected
}

interface RequestRow {
  id: number
  what: string
  argument: string
  by_whom: string
  state: WorkRequest['state']
  progress: string | null
  answer: string | null
  created_at: Date
  finished_at: Date | null
}

function toRequest(row: RequestRow): WorkRequest {
  return {
    id: row.id,
    what: row.what,
    argument: row.argument,
    byWhom: row.by_whom,
    state: row.state,
    progress: row.progress ?? undefined,
    answer: row.answer ?? undefined,
    createdAt: row.created_at,
    finishedAt: row.finished_at ?? undefined,
  }
}
