/** One line of progress, for whoever waits. */
export type Say = (line: string) => void

/** One promise and how it is measured. A bench that cannot measure throws. */
export interface Bench {
  readonly id: string
  readonly promise: string
  run(say: Say): Promise<BenchResult>
}

export interface BenchResult {
  readonly figures: readonly Figure[]
}

export interface Figure {
  readonly what: string
  readonly value: number
  readonly unit: string
  /** The promise; a figure without one is only shown. */
  readonly bound?: Bound
  /** The floors and peers of the same run, in the figure's unit. */
  readonly beside?: readonly Peer[]
}

export type Bound = { readonly atMost: number } | { readonly under: number }

export interface Peer {
  readonly what: string
  readonly value: number
  /** It had not ended when it was stopped: its true figure is higher. */
  readonly isUnended?: boolean
}

export interface Row {
  readonly bench: Bench
  /** The words of what kept it from measuring. */
  readonly outcome: BenchResult | string
}

const HEADER = ['', 'promise', 'figure', 'measured', 'promised', 'beside it, same run', 'verdict']

export function isKept({ value, bound }: Figure): boolean {
  if (bound === undefined) return true
  return 'under' in bound ? value < bound.under : value <= bound.atMost
}

export function isWholeKept({ outcome }: Row): boolean {
  return typeof outcome !== 'string' && outcome.figures.every(isKept)
}

/** Columns as wide as their widest cell. */
export function renderTable(rows: readonly Row[]): string {
  const lines = [HEADER, ...rows.flatMap(renderRow)]
  const widths = HEADER.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** The machine's paragraph and the same table, to be put into a page as it is. */
export function renderMarkdown(machine: string, rows: readonly Row[]): string {
  const lines = [HEADER, HEADER.map(() => '---'), ...rows.flatMap(renderRow)]
  const table = lines.map((line) => `| ${line.map(escapeCell).join(' | ')} |`)
  return [machine, '', ...table, ''].join('\n')
}

function renderRow({ bench, outcome }: Row): string[][] {
  if (typeof outcome === 'string') {
    return [[bench.id.toUpperCase(), bench.promise, '', '', '', outcome, 'NOT MEASURED']]
  }
  return outcome.figures.map((figure, index) => [
    index === 0 ? bench.id.toUpperCase() : '',
    index === 0 ? bench.promise : '',
    figure.what,
    withUnit(figure.value, figure.unit),
    describeBound(figure),
    (figure.beside ?? []).map((peer) => describePeer(figure, peer)).join('; '),
    figure.bound === undefined ? '' : isKept(figure) ? 'kept' : 'BROKEN',
  ])
}

function describeBound({ bound, unit }: Figure): string {
  if (bound === undefined) return ''
  return 'under' in bound
    ? `under ${withUnit(bound.under, unit)}`
    : `at most ${withUnit(bound.atMost, unit)}`
}

function describePeer({ value, unit }: Figure, peer: Peer): string {
  const more = peer.isUnended === true ? 'over ' : ''
  const ratio = value > 0 ? ` (${more}${round(peer.value / value)} x)` : ''
  const ending = peer.isUnended === true ? 'not ended after ' : ''
  return `${peer.what}: ${ending}${withUnit(peer.value, unit)}${ratio}`
}

function withUnit(value: number, unit: string): string {
  return unit === '' ? round(value) : `${round(value)} ${unit}`
}

/** Three digits that count, and no exponent. */
function round(value: number): string {
  const places = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toLocaleString('en', { maximumFractionDigits: places })
}

function escapeCell(cell: string): string {
  return cell.replaceAll('|', '\\|')
}
