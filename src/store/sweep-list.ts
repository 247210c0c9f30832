import { toIp } from '../core/address/ip.js'
import { formatRange, type Range } from '../core/address/network.js'
import type { Db } from './pool.js'
import type { SweepState } from './sweeps.js'

export const SWEEP_STATES = [
  'running',
  'counted',
  'blind',
  'dark',
  'missed',
  'failed',
  'quiet',
] as const satisfies readonly SweepState[]

/** One part of one network at one slot, as a list shows it. */
export interface ListedSweep {
  readonly id: number
  readonly siteId: number
  readonly networkId: number
  /** As the network is called now; empty where it has no name or is gone. */
  readonly networkName: string
  readonly range: string
  readonly slotAt: Date
  readonly engine: string
  readonly state: SweepState
  readonly started: Date
  readonly finished: Date | undefined
  readonly asked: number
  readonly alive: number
  readonly new: number
  readonly packets: number
  readonly error: string | undefined
}

export interface SweepFilter {
  readonly siteId?: number | undefined
  readonly networkId?: number | undefined
  readonly state?: SweepState | undefined
  /** Only sweeps whose id is lower: the page after one that ended with it. */
  readonly before?: number | undefined
}

/** The newest first. */
export async function listSweeps(
  db: Db,
  filter: SweepFilter,
  limit: number,
): Promise<ListedSweep[]> {
  const { siteId = null, networkId = null, state = null, before = null } = filter
  const rows = await db.query<SweepRow>(
    `SELECT s.id, s.site_id, s.network_id, s.slot_at, s.first, s.last, s.engine, s.state, s.started,
       s.finished, s.asked, s.alive, s.\`new\`, s.packets, s.error, n.name
     FROM sweep s LEFT JOIN network n ON n.id = s.network_id
     WHERE (? IS NULL OR s.id < ?) AND (? IS NULL OR s.site_id = ?)
       AND (? IS NULL OR s.network_id = ?) AND (? IS NULL OR s.state = ?)
     ORDER BY s.id DESC LIMIT ${Math.trunc(limit)}`,
    [before, before, siteId, siteId, networkId, networkId, state, state],
  )
  return rows.map(toListed)
}

/** How many parts were counted since an instant, and how many were due and were not. */
export async function countStates(
  db: Db,
  since: Date,
): Promise<{ counted: number; uncounted: number }> {
  const rows = await db.query<{ state: SweepState; sweeps: number }>(
    'SELECT state, COUNT(*) AS sweeps FROM sweep WHERE slot_at >= ? GROUP BY state',
    [since],
  )
  const count = (states: readonly SweepState[]) =>
    rows.reduce((sum, row) => sum + (states.includes(row.state) ? row.sweeps : 0), 0)
  return { counted: count(['counted']), uncounted: count(['blind', 'dark', 'missed', 'failed']) }
}

/** The slots since an instant in which a network was due and nothing of it was counted. */
export async function listUncountedSlots(db: Db, networkId: number, since: Date): Promise<Date[]> {
  const rows = await db.query<{ slot_at: Date }>(
    `SELECT DISTINCT slot_at FROM sweep
     WHERE network_id = ? AND slot_at >= ? AND state NOT IN ('counted', 'running')`,
    [networkId, since],
  )
  return rows.map((row) => row.slot_at)
}

/** The last sweep that came to an end: what a page compares to know whether it is out of date. */
export async function readLastFinished(db: Db): Promise<Date | undefined> {
  const [row] = await db.query<{ finished: Date | null }>(
    'SELECT MAX(finished) AS finished FROM sweep',
  )
  return row?.finished ?? undefined
}

interface SweepRow {
  id: number
  site_id: number
  network_id: number
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
  name: string | null
}

function toListed(row: SweepRow): ListedSweep {
  const range: Range = { first: toIp(row.first), last: toIp(row.last) }
  return {
    id: row.id,
    siteId: row.site_id,
    networkId: row.network_id,
    networkName: row.name ?? '',
    range: formatRange(range),
    slotAt: row.slot_at,
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
