import { cite } from '../address/cite.js'
import { type CsvRecord, parseCsv } from '../address/csv.js'
import { DRAFT_FIELDS, type DraftField, draftNetwork, type NetworkDraft } from './network-draft.js'

/** One network of a table, the line it stands on, and its site where the table names one. */
export interface TableNetwork {
  readonly line: number
  readonly site: string | undefined
  readonly draft: NetworkDraft
}

export interface LineMistake {
  readonly line: number
  readonly error: string
}

export interface NetworkTable {
  readonly networks: readonly TableNetwork[]
  readonly mistakes: readonly LineMistake[]
}

export const MOST_NETWORKS = 5_000

type TableColumn = DraftField | 'site'
const COLUMNS: readonly TableColumn[] = [...DRAFT_FIELDS, 'site']
/** Columns of the list that follow from others, so that a list can be read in again. */
const DERIVED: ReadonlySet<string> = new Set([
  'id',
  'first',
  'last',
  'prefix_length',
  'addresses',
  'dark_since',
])

/** Reads the networks of a CSV table with a header, and names the mistakes of every line. */
export function readNetworkTable(text: string): NetworkTable {
  const parsed = parseCsv(text)
  if (!parsed.ok) {
    const [, line = '1', error = parsed.error] = /^line (\d+): (.*)$/s.exec(parsed.error) ?? []
    return { networks: [], mistakes: [{ line: Number(line), error }] }
  }
  const [header, ...records] = parsed.value
  const columns = (header?.cells ?? []).map((cell) => cell.trim().toLowerCase())
  const mistakes = findHeaderMistakes(columns, records.length)
  if (mistakes.length > 0) {
    return { networks: [], mistakes: mistakes.map((error) => ({ line: header?.line ?? 1, error })) }
  }
  const lines = records.map((record) => readLine(columns, record))
  return {
    networks: lines.flatMap((line) => line.network ?? []),
    mistakes: lines.flatMap((line) => line.mistakes),
  }
}

function findHeaderMistakes(columns: readonly string[], records: number): string[] {
  const known = COLUMNS.join(', ')
  if (!columns.includes('network')) {
    return [`the first line must be a header with the column "network", and any of ${known}`]
  }
  const strange = columns.filter((c) => !COLUMNS.includes(c as TableColumn) && !DERIVED.has(c))
  const twice = columns.filter((column, index) => columns.indexOf(column) !== index)
  const tooMany = records > MOST_NETWORKS
  return [
    ...strange.map((column) => `there is no column ${cite(column)}: use ${known}`),
    ...twice.map((column) => `the column ${cite(column)} is there twice: keep one`),
    ...(records === 0 ? ['there is no network under the header: add one a line'] : []),
    ...(tooMany ? [`${records} networks are too many at once: give at most ${MOST_NETWORKS}`] : []),
  ]
}

function readLine(
  columns: readonly string[],
  { line, cells }: CsvRecord,
): { network: TableNetwork | undefined; mistakes: LineMistake[] } {
  if (cells.length > columns.length) {
    const error = `there are ${cells.length} cells under ${columns.length} columns: quote a cell that has the separator in it`
    return { network: undefined, mistakes: [{ line, error }] }
  }
  const filled = columns.flatMap((column, index) => {
    const cell = cells[index]?.trim() ?? ''
    return cell === '' ? [] : [[column, cell] as const]
  })
  const fields: { readonly [C in TableColumn]?: string } = Object.fromEntries(filled)
  const drafted = draftNetwork(fields)
  return drafted.ok
    ? { network: { line, site: fields.site, draft: drafted.value }, mistakes: [] }
    : { network: undefined, mistakes: drafted.mistakes.map(({ error }) => ({ line, error })) }
}
