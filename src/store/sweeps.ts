import { type Ip, toIp } from '../core/address/ip.js'
import type { Range } from '../core/address/network.js'
import type { Db, Store } from './pool.js'

export type SweepState = 'running' | 'counted' | 'blind' | 'dark' | 'missed' | 'failed' | 'quiet'

/** What a scanner needs to claim one part of one network at one slot. */
export interface Claim {
  readonly siteId: number
  readonly networkId: number
  readonly part: number
  readonly range: Range
  readonly slotAt: Date
  readonly deadline: Date
  readonly engine: string
  readonly token: string
}

/** A claim that is ours. */
export interface ClaimedSweep extends Claim {
  readonly id: number
}

/** What came of a sweep, whatever its end. */
export interface SweepFigures {
  readonly asked: number
  readonly alive: number
  readonly packets: number
}

/** The database's clock in UTC, which all engines of one database share. */
export async function readClock(db: Db): Promise<Date> {
  const [row] = await db.query<{ now: Date }>('SELECT UTC_TIMESTAMP(3) AS now')
  return row!.now
}

/**
 * Claims by the unique key: undefined where somebody has, or had, this part at this slot, and where
 * the network was removed meanwhile.
 */
export async function claimSweep(db: Db, claim: Claim): Promise<ClaimedSweep | undefined> {
  const inserted = await db.run(
    `INSERT IGNORE INTO sweep
       (site_id, network_id, part, slot_at, first, last, engine, token, state, deadline, started)
     SELECT site_id, id, ?, ?, ?, ?, ?, ?, 'running', ?, UTC_TIMESTAMP(3)
     FROM network WHERE id = ? AND site_id = ?`,
    [
      claim.part,
      claim.slotAt,
      claim.range.first,
      claim.range.last,
      claim.engine,
      claim.token,
      claim.deadline,
      claim.networkId,
      claim.siteId,
    ],
  )
  return inserted.affected === 1 ? { ...claim, id: inserted.insertId } : undefined
}

/** Records a slot that was not swept at all, unless somebody has claimed it. */
export async function recordMissed(db: Db, claim: Claim, reason: string): Promise<boolean> {
  const inserted = await db.run(
    `INSERT IGNORE INTO sweep
       (site_id, network_id, part, slot_at, first, last, engine, token, state, deadline, started,
        finished, error)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'missed', ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), ?)`,
    [
      claim.siteId,
      claim.networkId,
      claim.part,
      claim.slotAt,
      claim.range.first,
      claim.range.last,
      claim.engine,
      claim.token,
      claim.deadline,
      reason,
    ],
  )
  return inserted.affected === 1
}

/** Ends a sweep that is not counted; does nothing where it is no longer ours. */
export async function endUncounted(
  db: Db,
  sweep: ClaimedSweep,
  state: 'blind' | 'dark' | 'failed' | 'missed',
  reason: string,
  figures: SweepFigures = { asked: 0, alive: 0, packets: 0 },
): Promise<boolean> {
  const ended = await db.run(
    `UPDATE sweep SET state = ?, finished = UTC_TIMESTAMP(3), error = ?, asked = ?, alive = ?, packets = ?
     WHERE id = ? AND token = ? AND state = 'running'`,
    [state, reason, figures.asked, figures.alive, figures.packets, sweep.id, sweep.token],
  )
  return ended.affected === 1
}

/**
 * Marks what an engine's dead predecessors left running, and whatever ran past its deadline. A row
 * that is locked is being counted, or its dead owner's transaction is not undone yet: it waits for
 * the next time, and nobody waits for it.
 */
export async function failAbandoned(store: Store, engine: string, token: string): Promise<number> {
  const abandoned = await store.query<{ id: number; orphaned: number }>(
    `SELECT id, engine = ? AND token <> ? AS orphaned FROM sweep
     WHERE state = 'running' AND ((engine = ? AND token <> ?) OR deadline < UTC_TIMESTAMP(3))`,
    [engine, token, engine, token],
  )
  let marked = 0
  for (const { id, orphaned } of abandoned) {
    const reason = orphaned
      ? 'its scanner ended before it could be counted'
      : 'it ran past its deadline'
    marked += await store.transaction((tx) => failUnlocked(tx, id, reason))
  }
  return marked
}

async function failUnlocked(tx: Db, id: number, reason: string): Promise<number> {
  const [row] = await tx.query(
    "SELECT id FROM sweep WHERE id = ? AND state = 'running' FOR UPDATE SKIP LOCKED",
    [id],
  )
  if (row === undefined) return 0
  const failed = await tx.run(
    "UPDATE sweep SET state = 'failed', finished = UTC_TIMESTAMP(3), error = ? WHERE id = ?",
    [reason, id],
  )
  return failed.affected
}

/** The slots of the last counted sweeps of a part, newest first. */
export async function lastCountedSlots(
  db: Db,
  networkId: number,
  part: number,
  before: Date,
  howMany: number,
): Promise<Date[]> {
  const rows = await db.query<{ slot_at: Date }>(
    `SELECT slot_at FROM sweep
     WHERE network_id = ? AND part = ? AND slot_at < ? AND state = 'counted'
     ORDER BY slot_at DESC LIMIT ${Math.trunc(howMany)}`,
    [networkId, part, before],
  )
  return rows.map((row) => row.slot_at)
}

/** Which networks have a part running that this engine began, and at which slot. */
export async function listRunning(
  db: Db,
  token: string,
): Promise<{ networkId: number; part: number; slotAt: Date }[]> {
  const rows = await db.query<{ network_id: number; part: number; slot_at: Date }>(
    "SELECT network_id, part, slot_at FROM sweep WHERE state = 'running' AND token = ?",
    [token],
  )
  return rows.map((row) => ({ networkId: row.network_id, part: row.part, slotAt: row.slot_at }))
}

export interface Sweep extends SweepFigures {
  readonly id: number
  readonly networkId: number
  readonly part: number
  readonly slotAt: Date
  readonly first: Ip
  readonly last: Ip
  readonly engine: string
  readonly state: SweepState
  readonly started: Date
  readonly finished: Date | undefined
  readonly new: number
  readonly error: string | undefined
}

export async function readSweep(db: Db, id: number): Promise<Sweep | undefined> {
  const [row] = await db.query<SweepRow>(
    `SELECT id, network_id, part, slot_at, first, last, engine, state, started, finished,
       asked, alive, \`new\`, packets, error
     FROM sweep WHERE id = ?`,
    [id],
  )
  return row && toSweep(row)
}

/** What a network's parts came to at one slot. */
export async function readSweepsAt(db: Db, networkId: number, slotAt: Date): Promise<Sweep[]> {
  const rows = await db.query<SweepRow>(
    `SELECT id, network_id, part, slot_at, first, last, engine, state, started, finished,
       asked, alive, \`new\`, packets, error
     FROM sweep WHERE network_id = ? AND slot_at = ? ORDER BY part`,
    [networkId, slotAt],
  )
  return rows.map(toSweep)
}

interface SweepRow {
  id: number
  network_id: number
  part: number
  slot_at: Date
  first: number
  last: number
  engine: string
  state: SweepState
  started: Date
  finished: Date | null
  asked: number
  alive: number
  new: number
  packets: number
  error: string | null
}

function toSweep(row: SweepRow): Sweep {
  return {
    id: row.id,
    networkId: row.network_id,
    part: row.part,
    slotAt: row.slot_at,
    first: toIp(row.first),
    last: toIp(row.last),
    engine: row.engine,
    state: row.state,
    started: row.started,
    finished: row.finished ?? undefined,
    asked: row.asked,
    alive: row.alive,
    new: row.new,
    packets: row.packets,
    error: row.error ?? undefined,
  }
}
