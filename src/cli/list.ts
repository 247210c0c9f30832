import { type Command, InvalidArgumentError, Option } from 'commander'
import { RE2JS } from 're2js'
import { cite } from '../core/address/cite.js'
import type { Cell, Column } from '../core/listing/column.js'
import { UsageMistake } from './mistakes.js'
import { FORMATS, type Format, printRows } from './output.js'

/** What every list takes. */
export interface ListOptions {
  readonly format: Format
  readonly match?: string
  readonly sort?: string
  readonly limit?: number
  readonly site?: string
}

/** Adds the options that every list takes. */
export function addListOptions(command: Command): Command {
  return command
    .addOption(new Option('--format <format>', 'how to print').choices(FORMATS).default('table'))
    .option('--match <regex>', 'only rows whose text the regular expression finds')
    .option('--sort <column>', 'by a column, or -COLUMN for the other way round')
    .option('--limit <rows>', 'at most so many rows', parseLimit)
    .option('--site <name>', 'only this site')
}

/** Picks, sorts and prints rows; where none is left, says on standard error why and what to do. */
export async function printList<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  options: ListOptions,
  empty: string,
): Promise<void> {
  const matching = pickMatching(rows, columns, options.match)
  const sorted = sortRows(matching, columns, options.sort).slice(0, options.limit)
  if (sorted.length === 0 && options.format === 'table') {
    const why = rows.length === 0 ? empty : `None of ${rows.length} rows is left by these options.`
    process.stderr.write(`${why}\n`)
  }
  await printRows(sorted, columns, { format: options.format, out: process.stdout })
}

function pickMatching<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  match: string | undefined,
): readonly T[] {
  if (match === undefined) return rows
  const pattern = compileMatch(match)
  return rows.filter((row) => pattern.test(columns.map((c) => textOf(c.value(row))).join('\t')))
}

/** The regular expression that `--match` gives; what is none ends the command. */
export function compileMatch(match: string): RE2JS {
  try {
    return RE2JS.compile(match)
  } catch (error) {
    throw new UsageMistake(
      `--match ${cite(match)} is no regular expression: ${(error as Error).message}`,
    )
  }
}

function sortRows<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  sort: string | undefined,
): readonly T[] {
  if (sort === undefined) return rows
  const isFalling = sort.startsWith('-')
  const name = isFalling ? sort.slice(1) : sort
  const column = columns.find((known) => known.name === name)
  if (column === undefined) {
    const names = columns.map((known) => known.name).join(', ')
    throw new UsageMistake(`--sort ${cite(sort)} names no column: choose ${names}, or -COLUMN`)
  }
  const keyOf = column.order ?? column.value
  const keyed = rows.map((row) => ({ row, key: keyOf(row) }))
  keyed.sort((a, b) => compare(a.key, b.key) * (isFalling ? -1 : 1))
  return keyed.map(({ row }) => row)
}

/** What is absent comes first. */
function compare(a: Cell, b: Cell): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  return a < b ? -1 : a > b ? 1 : 0
}

function textOf(cell: Cell): string {
  return cell instanceof Date ? cell.toISOString() : String(cell ?? '')
}

function parseLimit(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError('Give a whole number of rows.')
  return Number(text)
}
