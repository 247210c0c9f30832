import type { Range } from '../core/address/network.js'
import {
  type AddressRow,
  ROWS_AT_ONCE,
  readAddressRowsOf,
  readStateRows,
} from '../store/address-rows.js'
import type { Db } from '../store/pool.js'
import { type CountedPart, listChanged } from '../store/recent.js'
import type { Columns } from './columns.js'
import { loadPart } from './load-open-days.js'
import { copySums, mergeRows, moveSums } from './merge.js'
import type { OpenDays } from './open-days.js'
import type { Snapshot } from './snapshot.js'
import type { Turns } from './turns.js'

/** The snapshot with all that was changed after one number and up to another. */
export async function takeChanges(
  db: Db,
  turns: Turns,
  snapshot: Snapshot,
  after: number,
  upTo: number,
): Promise<{ readonly snapshot: Snapshot; readonly isWhole: boolean }> {
  const changed = await listChanged(db, after, upTo)
  const rows: AddressRow[] = []
  for (const [siteId, ips] of groupBySite(changed)) {
    rows.push(...(await readAddressRowsOf(db, siteId, ips)))
  }
  // Of a change that left no row behind it is not known what it was: it may have removed some.
  const isWhole = new Set(changed.map((it) => it.change)).size === upTo - after
  if (rows.length === 0) return { snapshot, isWhole }
  const columns = await turns.run(mergeRows(snapshot.columns, rows))
  return { snapshot: { ...snapshot, columns }, isWhole }
}

/** The snapshot and the open days with what was counted; the parts rise by when they were finished. */
export async function takeParts(
  db: Db,
  turns: Turns,
  snapshot: Snapshot,
  open: OpenDays,
  parts: readonly CountedPart[],
): Promise<Snapshot> {
  for (const part of parts) await loadPart(db, open, part)
  let columns = copySums(snapshot.columns)
  for (const { siteId, range } of rangesOf(parts)) {
    const unknown = await takeSums(db, columns, siteId, range)
    if (unknown.length === 0) continue
    const newcomers = await readAddressRowsOf(db, siteId, unknown)
    columns = copySums(await turns.run(mergeRows(columns, newcomers)))
  }
  return { ...snapshot, columns, asOf: parts.at(-1)?.finished ?? snapshot.asOf }
}

async function takeSums(db: Db, own: Columns, siteId: number, range: Range): Promise<number[]> {
  const unknown: number[] = []
  for (let { first } = range; first <= range.last; ) {
    const states = await readStateRows(db, siteId, { first, last: range.last })
    unknown.push(...moveSums(own, siteId, states))
    if (states.length < ROWS_AT_ONCE) break
    first = (states.at(-1)!.ip + 1) as typeof first
  }
  return unknown
}

/** Each range once, however often it was counted. */
function rangesOf(parts: readonly CountedPart[]): CountedPart[] {
  const byRange = new Map(
    parts.map((part) => [`${part.siteId}/${part.range.first}-${part.range.last}`, part]),
  )
  return [...byRange.values()]
}

function groupBySite(
  addresses: readonly { readonly siteId: number; readonly ip: number }[],
): Map<number, number[]> {
  const bySite = new Map<number, number[]>()
  for (const { siteId, ip } of addresses) {
    const ips = bySite.get(siteId)
    if (ips === undefined) bySite.set(siteId, [ip])
    else ips.push(ip)
  }
  return bySite
}
