import { type Cell, type Column, textOf } from '../core/listing/column.js'
import { csvLines, inChunks } from '../core/listing/csv-lines.js'
import { printable } from '../core/listing/printable.js'

export const FORMATS = ['table', 'csv', 'json'] as const
export type Format = (typeof FORMATS)[number]

export interface PrintOptions {
  readonly format: Format
  readonly out: NodeJS.WritableStream
}

const CHUNK_CHARACTERS = 65_536
/**
 * Prints rows as an aligned table, as CSV (RFC 4180) or as one JSON array of objects. CSV and JSON
 * are written as the rows come. Nothing that a row holds can steer a terminal or start a formula.
 */
export async function printRows<T>(
  rows: Iterable<T> | AsyncIterable<T>,
  columns: readonly Column<T>[],
  { format, out }: PrintOptions,
): Promise<void> {
  const render = { table: renderTable, csv: csvLines, json: renderJson }[format]
  await write(out, render(rows, columns))
}

async function* renderTable<T>(
  rows: Iterable<T> | AsyncIterable<T>,
  columns: readonly Column<T>[],
): AsyncGenerator<string> {
  const values: Cell[][] = []
  for await (const row of rows) values.push(columns.map((column) => column.value(row)))
  if (values.length === 0) return
  const lines = [columns.map((column) => column.name), ...values.map((line) => line.map(showCell))]
  const widths = columns.map((_, index) =>
    lines.reduce((widest, line) => Math.max(widest, widthOf(line[index]!)), 0),
  )
  const isNumber = columns.map((_, index) =>
    values.every((line) => ['number', 'undefined'].includes(typeof line[index])),
  )
  for (const line of lines) {
    const cells = line.map((cell, index) => {
      const padding = ' '.repeat(widths[index]! - widthOf(cell))
      return isNumber[index] ? padding + cell : cell + padding
    })
    yield `${cells.join('  ').trimEnd()}\n`
  }
}

async function* renderJson<T>(
  rows: Iterable<T> | AsyncIterable<T>,
  columns: readonly Column<T>[],
): AsyncGenerator<string> {
  let before = '[\n'
  for await (const row of rows) {
    const entries = columns.map((column) => [column.name, toJsonValue(column.value(row))])
    yield before + escapeForTerminal(JSON.stringify(Object.fromEntries(entries)))
    before = ',\n'
  }
  yield before === ',\n' ? '\n]\n' : '[]\n'
}

/** A reader that has had enough (`| head`) is no failure. */
async function write(out: NodeJS.WritableStream, pieces: AsyncIterable<string>): Promise<void> {
  const ignore = () => undefined
  out.on('error', ignore)
  try {
    for await (const chunk of inChunks(pieces, CHUNK_CHARACTERS)) await writeChunk(out, chunk)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
  } finally {
    out.off('error', ignore)
  }
}

function writeChunk(out: NodeJS.WritableStream, chunk: string): Promise<void> {
  return new Promise((resolve, reject) => {
    out.write(chunk, (error?: Error | null) => (error ? reject(error) : resolve()))
  })
}

/** A cell as a person reads it: times in ISO 8601 UTC, yes and no. */
function showCell(cell: Cell): string {
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no'
  return printable(textOf(cell))
}

function toJsonValue(cell: Cell): string | number | boolean | null {
  return cell instanceof Date ? textOf(cell) : (cell ?? null)
}

/** JSON escapes the first 32 control characters by itself, but not those that follow, nor turned lines. */
function escapeForTerminal(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function widthOf(text: string): number {
  return [...text].length
}
