const DIGIT_BITS = 11
const DIGITS = 3
const BUCKETS = 1 << DIGIT_BITS

/**
 * Rows in the order of their keys; rows of equal keys stay as they were. Each key column holds a number for
 * every row of the table; the last weighs most. Pauses after each pass over the rows.
 */
export function* sortByKeys(
  rows: Uint32Array,
  keys: readonly Uint32Array[],
): Generator<void, Uint32Array, void> {
  let sorted = rows
  for (const key of keys) sorted = yield* sortByKey(sorted, key)
  return sorted
}

function* sortByKey(rows: Uint32Array, key: Uint32Array): Generator<void, Uint32Array, void> {
  const counts = countDigits(rows, key)
  yield
  let from = rows
  for (let digit = 0; digit < DIGITS; digit++) {
    const starts = counts.subarray(digit * BUCKETS, (digit + 1) * BUCKETS)
    if (isOneBucket(starts, rows.length)) continue
    turnIntoStarts(starts)
    const to = new Uint32Array(rows.length)
    spread(from, key, digit * DIGIT_BITS, starts, to)
    from = to
    yield
  }
  return from
}

function countDigits(rows: Uint32Array, key: Uint32Array): Uint32Array {
  const counts = new Uint32Array(DIGITS * BUCKETS)
  for (let index = 0; index < rows.length; index++) {
    const value = key[rows[index]!]!
    counts[value & (BUCKETS - 1)]!++
    counts[BUCKETS + ((value >>> DIGIT_BITS) & (BUCKETS - 1))]!++
    counts[2 * BUCKETS + (value >>> (2 * DIGIT_BITS))]!++
  }
  return counts
}

function isOneBucket(counts: Uint32Array, rows: number): boolean {
  return counts.some((count) => count === rows)
}

function turnIntoStarts(counts: Uint32Array): void {
  let start = 0
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const count = counts[bucket]!
    counts[bucket] = start
    start += count
  }
}

function spread(
  from: Uint32Array,
  key: Uint32Array,
  shift: number,
  starts: Uint32Array,
  to: Uint32Array,
): void {
  for (let index = 0; index < from.length; index++) {
    const row = from[index]!
    const bucket = (key[row]! >>> shift) & (BUCKETS - 1)
    to[starts[bucket]!++] = row
  }
}
