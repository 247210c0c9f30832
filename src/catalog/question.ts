import { type Parsed, toIp } from '../core/address/ip.js'
import { percentActive } from '../core/uptime/counters.js'
import { type Columns, MAC_HALF, MISSING } from './columns.js'
import { daysSince } from './keys.js'
import { pickRows } from './order.js'
import type { CatalogPage, CatalogQuery, CatalogRow } from './query.js'
import type { Remembered } from './remembered.js'
import { countRows, findNetworkOf, siteStretch } from './scope.js'
import { selectRows } from './selection.js'
import type { Snapshot } from './snapshot.js'

/**
 * Answers a query from a snapshot, with pauses in which others may be answered. The error of a pattern
 * names what is wrong with it.
 */
export function* answerQuery(
  snapshot: Snapshot,
  query: CatalogQuery,
  remembered: Remembered,
): Generator<void, Parsed<CatalogPage>, void> {
  const { columns, asOf } = snapshot
  const selection = yield* selectRows(snapshot, query, remembered)
  if (!selection.ok) return selection
  const picked = yield* pickRows(columns, selection.value, query, remembered)
  const rows = Array.from(picked, (row) => readRow(snapshot, row, query.now))
  const total = countRows([siteStretch(columns, query.site)])
  return { ok: true, value: { rows, matched: selection.value.count, total, asOf } }
}

function readRow({ columns, networks }: Snapshot, row: number, now: Date): CatalogRow {
  const { texts } = columns
  const siteId = columns.siteId[row]!
  const ip = toIp(columns.ip[row]!)
  const active = columns.active[row]!
  const total = columns.total[row]!
  return {
    siteId,
    ip,
    networkId: findNetworkOf(networks, siteId, ip)?.id,
    hostname: texts.read(columns.hostname[row]!) || undefined,
    os: texts.read(columns.os[row]!) || undefined,
    mac: readMac(columns, row),
    status: texts.read(columns.status[row]!),
    owner: texts.read(columns.owner[row]!),
    notes: texts.read(columns.notes[row]!),
    firstSeen: toDate(columns.firstSeen[row]!),
    lastActive: toDate(columns.lastActive[row]!),
    active,
    total,
    percentActive: percentActive(active, total),
    daysOffline: daysSince(columns.lastActive[row]!, now),
    rttUs: present(columns.rttUs[row]!),
    replyTtl: present(columns.replyTtl[row]!),
  }
}

function readMac(columns: Columns, row: number): number | undefined {
  const high = present(columns.macHigh[row]!)
  return high === undefined ? undefined : high * MAC_HALF + columns.macLow[row]!
}

function toDate(seconds: number): Date | undefined {
  return seconds === MISSING ? undefined : new Date(seconds * 1_000)
}

function present(value: number): number | undefined {
  return value === MISSING ? undefined : value
}
