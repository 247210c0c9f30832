import type { Columns } from './columns.js'
import { keysOf, nameSort, sourcesOf } from './keys.js'
import type { CatalogQuery, SortBy } from './query.js'
import { sortByKeys } from './radix.js'
import type { Remembered } from './remembered.js'
import { marksOf, rowsOf, type Selection } from './selection.js'

/** Where fewer of the rows than one in so many are left, they alone are sorted. */
const FEW = 16
const ROWS_BETWEEN_PAUSES = 262_144
const BY_IP: readonly SortBy[] = [{ column: 'ip', descending: false }]

/** The selected rows of a query's stretch, in its order. */
export function* pickRows(
  columns: Columns,
  selection: Selection,
  query: CatalogQuery,
  remembered: Remembered,
): Generator<void, Uint32Array, void> {
  const { offset, limit, now } = query
  const sort = query.sort === undefined || query.sort.length === 0 ? BY_IP : query.sort
  const end = Math.min(selection.count, offset + limit)
  if (offset >= end) return new Uint32Array(0)
  if (isStoredOrder(columns, sort)) return rowsOf(selection, offset, end)
  const name = `order ${nameSort(columns, sort, now)}`
  const sources = sourcesOf(columns, sort)
  if (selection.count * FEW < columns.size && !remembered.has(name, sources)) {
    const keys = yield* keysOf(columns, sort, now, remembered)
    return (yield* sortByKeys(rowsOf(selection), keys)).subarray(offset, end)
  }
  const order = yield* remembered.workOut(
    name,
    sources,
    () => orderAll(columns, sort, now, remembered),
    (rows) => rows.byteLength,
  )
  if (selection.count === columns.size) return order.subarray(offset, end)
  return yield* walk(order, marksOf(selection, columns.size), offset, end)
}

/** Rows lie by site and IP, so that the IPs of a single site lie in their order. */
function isStoredOrder(columns: Columns, [first]: readonly SortBy[]): boolean {
  const isOneSite = columns.size === 0 || columns.siteId[0] === columns.siteId[columns.size - 1]
  return isOneSite && first?.column === 'ip' && !first.descending
}

function* orderAll(
  columns: Columns,
  sort: readonly SortBy[],
  now: Date,
  remembered: Remembered,
): Generator<void, Uint32Array, void> {
  const rows = new Uint32Array(columns.size).map((_, row) => row)
  yield
  return yield* sortByKeys(rows, yield* keysOf(columns, sort, now, remembered))
}

/** The marked rows of an order, from the `offset`th to before the `end`th. */
function* walk(
  order: Uint32Array,
  marks: Uint8Array,
  offset: number,
  end: number,
): Generator<void, Uint32Array, void> {
  const rows = new Uint32Array(end - offset)
  let passed = 0
  for (let index = 0; passed < end && index < order.length; index++) {
    if (index % ROWS_BETWEEN_PAUSES === 0) yield
    const row = order[index]!
    if (marks[row] !== 1) continue
    if (passed >= offset) rows[passed - offset] = row
    passed += 1
  }
  return rows
}
