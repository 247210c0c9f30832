import { type Cell, type Column, textOf } from './column.js'
import { printableLines } from './printable.js'

/** What spreadsheets take for the beginning of a formula, also in its wide forms. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/

/** Rows as CSV (RFC 4180) with a header, line by line as they come; no cell can start a formula. */
export async function* csvLines<T>(
  rows: Iterable<T> | AsyncIterable<T>,
  columns: readonly Column<T>[],
): AsyncGenerator<string> {
  yield `${columns.map((column) => column.name).join(',')}\r\n`
  for await (const row of rows) {
    yield `${columns.map((column) => toCsvCell(column.value(row))).join(',')}\r\n`
  }
}

/** The same text in pieces of at least so many characters: a write for each line costs more than the line. */
export async function* inChunks(
  pieces: AsyncIterable<string>,
  characters: number,
): AsyncGenerator<string> {
  let waiting = ''
  for await (const piece of pieces) {
    waiting += piece
    if (waiting.length < characters) continue
    yield waiting
    waiting = ''
  }
  if (waiting !== '') yield waiting
}

function toCsvCell(cell: Cell): string {
  const text = printableLines(textOf(cell))
  const isRisky = typeof cell === 'string' && FORMULA.test(cell)
  const defused = isRisky ? `'${text}` : text
  return /[",;\n]/.test(defused) ? `"${defused.replaceAll('"', '""')}"` : defused
}
