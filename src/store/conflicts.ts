import { type Ip, toIp } from '../core/address/ip.js'
import type { Period } from '../core/names/holding.js'
import type { Db } from './pool.js'

/** Two MACs within this time are two interfaces at one address, not a new one in place of an old. */
const CONFLICT_HOURS = 24
const CHANGES_AT_MOST = 20_000

/** An address that answered with two or more MACs within a day. */
export interface MacConflict {
  readonly siteId: number
  readonly ip: Ip
  readonly hostname: string | undefined
  /** Each once, in the order in which they appeared. */
  readonly macs: readonly string[]
  /** How often one took the other's place. */
  readonly changes: number
  /** When the first was heard before its place was taken, and when one was taken last. */
  readonly firstAt: Date
  readonly lastAt: Date
}

/** Conflicts of a period, the latest first; of very many changes, those that the latest make. */
export async function listMacConflicts(
  db: Db,
  { since, until }: Period,
  siteId?: number,
): Promise<MacConflict[]> {
  const rows = await db.query<ConflictRow>(
    `SELECT c.site_id, c.ip, a.hostname, c.old, c.\`new\`, c.changed_at, c.old_last_confirmed_at
     FROM address_change c LEFT JOIN address a ON a.site_id = c.site_id AND a.ip = c.ip
     WHERE c.field = 'mac' AND c.changed_at BETWEEN ? AND ? AND (? IS NULL OR c.site_id = ?)
       AND c.old IS NOT NULL AND c.\`new\` IS NOT NULL
       AND c.old_last_confirmed_at >= c.changed_at - INTERVAL ${CONFLICT_HOURS} HOUR
     ORDER BY c.id DESC LIMIT ${CHANGES_AT_MOST}`,
    [
      since ?? new Date(0),
      until ?? new Date('9999-12-31T00:00:00Z'),
      ...[siteId ?? null, siteId ?? null],
    ],
  )
  const groups = new Map<string, ConflictRow[]>()
  for (const row of rows.reverse()) {
    const key = `${row.site_id}/${row.ip}`
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups.values()]
    .map(toConflict)
    .sort((a, b) => b.lastAt.getTime() - a.lastAt.getTime())
}

interface ConflictRow {
  site_id: number
  ip: number
  hostname: string | null
  old: string
  new: string
  changed_at: Date
  old_last_confirmed_at: Date
}

function toConflict(rows: readonly ConflictRow[]): MacConflict {
  const first = rows[0]!
  return {
    siteId: first.site_id,
    ip: toIp(first.ip),
    hostname: first.hostname ?? undefined,
    macs: [...new Set(rows.flatMap((row) => [row.old, row.new]))],
    changes: rows.length,
    firstAt: first.old_last_confirmed_at,
    lastAt: rows.at(-1)!.changed_at,
  }
}
