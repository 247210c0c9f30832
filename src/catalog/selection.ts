import type { Parsed } from '../core/address/ip.js'
import type { Columns, Stretch } from './columns.js'
import { matchRows } from './match.js'
import { parsePattern } from './pattern.js'
import type { CatalogQuery } from './query.js'
import type { Remembered } from './remembered.js'
import { countRows, scopeOf } from './scope.js'
import type { Snapshot } from './snapshot.js'

/** The rows that a query leaves. */
export interface Selection {
  readonly stretches: readonly Stretch[]
  /** Of those, the rows whose byte is 1; absent, all of them. */
  readonly found: Uint8Array | undefined
  readonly count: number
}

export function* selectRows(
  snapshot: Snapshot,
  query: CatalogQuery,
  remembered: Remembered,
): Generator<void, Parsed<Selection>, void> {
  const { columns } = snapshot
  const stretches = scopeOf(columns, snapshot.networks, query)
  const { match = '' } = query
  if (match === '') {
    return { ok: true, value: { stretches, found: undefined, count: countRows(stretches) } }
  }
  const found = yield* findMatches(columns, stretches, match, remembered)
  if (!found.ok) return found
  const count = countFound(stretches, found.value)
  return { ok: true, value: { stretches, found: found.value, count } }
}

/** The selected rows, rising: all, or from one to before another of them. */
export function rowsOf(
  { stretches, found, count }: Selection,
  offset = 0,
  end: number = count,
): Uint32Array {
  const rows = new Uint32Array(end - offset)
  let passed = 0
  for (const { from, to } of stretches) {
    const skipped = found === undefined ? Math.min(to - from, Math.max(0, offset - passed)) : 0
    passed += skipped
    for (let row = from + skipped; row < to && passed < end; row++) {
      if (found !== undefined && found[row] !== 1) continue
      if (passed >= offset) rows[passed - offset] = row
      passed += 1
    }
  }
  return rows
}

/** A byte for each row of the table, 1 where it is selected. */
export function marksOf({ stretches, found }: Selection, size: number): Uint8Array {
  if (found !== undefined) return found
  const marks = new Uint8Array(size)
  for (const { from, to } of stretches) marks.fill(1, from, to)
  return marks
}

/** The pages of one search ask for the same rows again and again. */
function findMatches(
  columns: Columns,
  stretches: readonly Stretch[],
  match: string,
  remembered: Remembered,
): Generator<void, Parsed<Uint8Array>, void> {
  const where = stretches.map(({ from, to }) => `${from}-${to}`).join(' ')
  return remembered.workOut(
    `matches ${where} ${match}`,
    [columns.ip, columns.hostname, columns.os, columns.notes],
    () => matchPattern(columns, stretches, match),
    (found) => (found.ok ? found.value.byteLength : 2 * found.error.length),
  )
}

function* matchPattern(
  columns: Columns,
  stretches: readonly Stretch[],
  match: string,
): Generator<void, Parsed<Uint8Array>, void> {
  const pattern = parsePattern(match)
  return pattern.ok ? yield* matchRows(columns, stretches, pattern.value) : pattern
}

function countFound(stretches: readonly Stretch[], found: Uint8Array): number {
  let count = 0
  for (const { from, to } of stretches) {
    for (let row = from; row < to; row++) count += found[row]!
  }
  return count
}
