import { MISSING } from './columns.js'
import { NOWHERE, TEXT_STARTS, type Texts } from './texts.js'

const BUCKETS = 257
/** So few texts are sorted by comparing them. */
const FEW = 24
const ROWS_BETWEEN_PAUSES = 65_536

/** Some rows whose texts are equal up to a depth, in bytes. */
interface Group {
  readonly from: number
  readonly to: number
  readonly depth: number
}

/**
 * For each row the rank of its text among all of the column: by UTF-8 bytes, capitals of ASCII
 * as small letters; equal texts have equal ranks, and the empty one is missing. Sorts by the first byte,
 * then each group of equals by the next.
 */
export function* rankTexts(places: Uint32Array, texts: Texts): Generator<void, Uint32Array, void> {
  const rows = rowsWithText(places)
  const spare = new Uint32Array(rows.length)
  const starts = new Uint32Array(BUCKETS + 1)
  const open: Group[] = [{ from: 0, to: rows.length, depth: 0 }]
  const byteAt = byteReader(places, texts)
  let work = 0
  for (let group = open.pop(); group !== undefined; group = open.pop()) {
    const size = group.to - group.from
    if (size <= FEW) sortFew(rows, group, byteAt)
    else open.push(...split(rows, spare, starts, group, byteAt))
    work += size
    if (work < ROWS_BETWEEN_PAUSES) continue
    work = 0
    yield
  }
  return yield* toRanks(rows, places, byteAt)
}

function rowsWithText(places: Uint32Array): Uint32Array {
  const rows = new Uint32Array(places.length)
  let found = 0
  for (let row = 0; row < places.length; row++) {
    if (places[row] !== NOWHERE) rows[found++] = row
  }
  return rows.subarray(0, found)
}

/** 0 behind the end of a text, else its byte and 1. */
type ByteAt = (row: number, depth: number) => number

function byteReader(places: Uint32Array, texts: Texts): ByteAt {
  const { bytes } = texts
  return (row, depth) => {
    const place = places[row]!
    const length = bytes[place]! | (bytes[place + 1]! << 8)
    if (depth >= length) return 0
    const byte = bytes[place + TEXT_STARTS + depth]!
    return 1 + (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte)
  }
}

/** Puts a group's rows in the order of one byte, and answers the groups that are still to be sorted. */
function split(
  rows: Uint32Array,
  spare: Uint32Array,
  starts: Uint32Array,
  { from, to, depth }: Group,
  byteAt: ByteAt,
): Group[] {
  starts.fill(0)
  for (let index = from; index < to; index++) starts[byteAt(rows[index]!, depth) + 1]!++
  const parts: Group[] = []
  let start = from
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const count = starts[bucket + 1]!
    if (bucket > 0 && count > 1) parts.push({ from: start, to: start + count, depth: depth + 1 })
    start += count
    starts[bucket + 1] = start
  }
  if (parts.length === 1 && parts[0]!.to - parts[0]!.from === to - from) return parts
  starts[0] = from
  for (let index = from; index < to; index++) {
    const row = rows[index]!
    spare[starts[byteAt(row, depth)]!++] = row
  }
  rows.set(spare.subarray(from, to), from)
  return parts
}

function sortFew(rows: Uint32Array, { from, to, depth }: Group, byteAt: ByteAt): void {
  for (let index = from + 1; index < to; index++) {
    const row = rows[index]!
    let at = index
    for (; at > from && compare(rows[at - 1]!, row, depth, byteAt) > 0; at--) {
      rows[at] = rows[at - 1]!
    }
    rows[at] = row
  }
}

function compare(a: number, b: number, depth: number, byteAt: ByteAt): number {
  for (let at = depth; ; at++) {
    const mine = byteAt(a, at)
    const difference = mine - byteAt(b, at)
    if (difference !== 0 || mine === 0) return difference
  }
}

function* toRanks(
  rows: Uint32Array,
  places: Uint32Array,
  byteAt: ByteAt,
): Generator<void, Uint32Array, void> {
  const ranks = new Uint32Array(places.length).fill(MISSING)
  let rank = 0
  for (let index = 0; index < rows.length; index++) {
    if (index % ROWS_BETWEEN_PAUSES === 0) yield
    const [before, row] = [rows[index - 1], rows[index]!]
    const isNew =
      before !== undefined &&
      places[before] !== places[row] &&
      compare(before, row, 0, byteAt) !== 0
    if (isNew) rank += 1
    ranks[row] = rank
  }
  return ranks
}
