import type { AddressRow, StateRow } from '../store/address-rows.js'
import {
  ALL_COLUMNS,
  type Columns,
  findPlace,
  findRow,
  hasKey,
  MISSING,
  STATE_COLUMNS,
} from './columns.js'
import { ColumnsBuilder } from './columns-builder.js'

const ROWS_BETWEEN_PAUSES = 4_096

/** Columns in which some addresses are new or have changed, in whatever order they are given. */
export function* mergeRows(
  columns: Columns,
  rows: readonly AddressRow[],
): Generator<void, Columns, void> {
  const rising = [...rows].sort((a, b) => a.siteId - b.siteId || a.ip - b.ip)
  const merged = new ColumnsBuilder(columns.size + rising.length, columns.texts)
  let copied = 0
  for (const [index, row] of rising.entries()) {
    if (index % ROWS_BETWEEN_PAUSES === 0) yield
    const place = findPlace(columns, row.siteId, row.ip, copied)
    merged.copy(columns, copied, place)
    const isKnown = hasKey(columns, place, row.siteId, row.ip)
    merged.add(row, isKnown ? { columns, row: place } : undefined)
    copied = isKnown ? place + 1 : place
  }
  merged.copy(columns, copied, columns.size)
  yield
  return keepUnchanged(columns, merged.finish())
}

/** The same columns, but for sums of their own that may be moved until somebody else sees them. */
export function copySums(columns: Columns): Columns {
  const own = STATE_COLUMNS.map((key) => [key, columns[key].slice()] as const)
  return { ...columns, ...Object.fromEntries(own) }
}

/** Puts the sums of some of a site's addresses; answers who of them has no row yet. */
export function moveSums(own: Columns, siteId: number, states: readonly StateRow[]): number[] {
  const unknown: number[] = []
  for (const state of states) {
    const row = findRow(own, siteId, state.ip)
    if (row === undefined) {
      unknown.push(state.ip)
      continue
    }
    own.active[row] = state.active ?? 0
    own.total[row] = state.total ?? 0
    own.lastActive[row] = state.lastActive ?? MISSING
    own.rttUs[row] = state.rttUs ?? MISSING
    own.replyTtl[row] = state.replyTtl ?? MISSING
  }
  return unknown
}

/** Whatever was worked out from a column stays good where the column is still the same. */
function keepUnchanged(before: Columns, after: Columns): Columns {
  if (before.size !== after.size) return after
  const same = ALL_COLUMNS.filter(
    (key) => Buffer.compare(bytesOf(before[key]), bytesOf(after[key])) === 0,
  )
  return { ...after, ...Object.fromEntries(same.map((key) => [key, before[key]])) }
}

function bytesOf(column: Uint32Array): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength)
}
