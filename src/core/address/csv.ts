import { cite } from './cite.js'
import type { Parsed } from './ip.js'

/** One record, and the line of the file that it begins on (the first is 1). */
export interface CsvRecord {
  readonly line: number
  readonly cells: readonly string[]
}

const QUOTE = '"'
/** What our own CSV puts before a cell that a spreadsheet would take for a formula. */
const DEFUSED = /^'(?=[=+\-@\t\r])/

/**
 * Reads CSV as RFC 4180 has it, and as spreadsheets write it: with a byte order mark, with any line
 * ends, with semicolons where the first line has more of them than commas. Empty lines are left out.
 */
export function parseCsv(text: string): Parsed<CsvRecord[]> {
  const input = text.replace(/^\ufeff/, '')
  const separator = findSeparator(input)
  const records: CsvRecord[] = []
  let line = 1
  for (let at = 0; at < input.length; ) {
    const record = readRecord(input, at, line, separator)
    if (!record.ok) return record
    const { cells, end } = record.value
    if (cells.length > 1 || cells[0] !== '') records.push({ line, cells })
    line += countLines(input.slice(at, end))
    at = end
  }
  return { ok: true, value: records }
}

function findSeparator(input: string): string {
  const [firstLine = ''] = input.split(/[\r\n]/, 1)
  return firstLine.split(';').length > firstLine.split(',').length ? ';' : ','
}

function readRecord(
  input: string,
  start: number,
  line: number,
  separator: string,
): Parsed<{ cells: string[]; end: number }> {
  const cells: string[] = []
  for (let at = start; ; ) {
    const cell = input[at] === QUOTE ? readQuoted(input, at, line) : readPlain(input, at, separator)
    if (!cell.ok) return cell
    cells.push(cell.value.text.replace(DEFUSED, ''))
    at = cell.value.end
    const next = input[at]
    if (next === separator) at++
    else if (next === undefined) return { ok: true, value: { cells, end: at } }
    else if (next === '\r' && input[at + 1] === '\n')
      return { ok: true, value: { cells, end: at + 2 } }
    else if (next === '\r' || next === '\n') return { ok: true, value: { cells, end: at + 1 } }
    else {
      const error = `line ${line}: ${cite(cell.value.text)} has text behind its closing quote`
      return { ok: false, error: `${error}: double the quotes inside a quoted cell` }
    }
  }
}

type Cell = Parsed<{ text: string; end: number }>

function readPlain(input: string, start: number, separator: string): Cell {
  let end = start
  while (end < input.length && !`${separator}\r\n`.includes(input[end]!)) end++
  return { ok: true, value: { text: input.slice(start, end), end } }
}

function readQuoted(input: string, start: number, line: number): Cell {
  for (let from = start + 1; ; ) {
    const quote = input.indexOf(QUOTE, from)
    if (quote < 0) {
      return {
        ok: false,
        error: `line ${line}: a quoted cell is never closed: add the missing quote`,
      }
    }
    if (input[quote + 1] !== QUOTE) {
      const text = input.slice(start + 1, quote).replaceAll('""', QUOTE)
      return { ok: true, value: { text, end: quote + 1 } }
    }
    from = quote + 2
  }
}

function countLines(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0
}
