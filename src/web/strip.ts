import { type CounterPair, percentActive } from '../core/uptime/counters.js'
import { SLOTS_PER_DAY } from '../core/uptime/slot.js'

/** How a cell is coloured: by the share of its askings that were answered, or not at all. */
export type Level = 'p0' | 'p1' | 'p2' | 'p3' | 'p4' | 'p5' | 'blind' | 'none'

/** From this many percent on; an answer at all is more than none. */
const SCALE: readonly (readonly [number, Level])[] = [
  [95, 'p5'],
  [75, 'p4'],
  [50, 'p3'],
  [25, 'p2'],
]

/** One stretch of time: how often it was answered of how often it was asked. */
export interface Cell {
  readonly active: number
  readonly total: number
  readonly level: Level
}

/** Neighbouring cells of one colour, drawn as one. */
export interface Run {
  /** In cells from the left. */
  readonly x: number
  readonly width: number
  readonly level: Level
  readonly title: string
}

export function levelOf(active: number, total: number): Level {
  const percent = percentActive(active, total)
  if (percent === undefined) return 'none'
  if (active === 0) return 'p0'
  return SCALE.find(([from]) => percent >= from)?.[1] ?? 'p1'
}

export function cellOf(active: number, total: number): Cell {
  return { active, total, level: levelOf(active, total) }
}

/** A day of 288 slots in so many equal cells; the number divides 288. */
export function cellsOf(pair: CounterPair, cells: number): Cell[] {
  const slots = SLOTS_PER_DAY / cells
  return Array.from({ length: cells }, (_, cell) => {
    let active = 0
    let total = 0
    for (let slot = cell * slots; slot < (cell + 1) * slots; slot++) {
      active += pair.active[slot]!
      total += pair.total[slot]!
    }
    return cellOf(active, total)
  })
}

/** Joins equal neighbours; each says when it is, as `timeAt` has its edges, and what was counted. */
export function joinCells(cells: readonly Cell[], timeAt: (edge: number) => string): Run[] {
  const runs: Run[] = []
  for (let from = 0; from < cells.length; ) {
    const { level } = cells[from]!
    let to = from
    let active = 0
    let total = 0
    for (; cells[to]?.level === level; to++) {
      active += cells[to]!.active
      total += cells[to]!.total
    }
    const title = `${timeAt(from)} to ${timeAt(to)}: ${describeCell({ active, total, level })}`
    runs.push({ x: from, width: to - from, level, title })
    from = to
  }
  return runs
}

export function describeCell({ active, total, level }: Cell): string {
  if (level === 'blind') return 'not counted'
  return total === 0
    ? 'not asked'
    : `answered ${active} of ${total}, ${percentActive(active, total)} %`
}

/** The edge of a cell as a clock shows it: `08:30`, and `24:00` at the end. */
export function clockAt(cells: number): (edge: number) => string {
  return (edge) => {
    const minutes = (edge * 1_440) / cells
    return `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`
  }
}

function pad(number: number): string {
  return String(number).padStart(2, '0')
}
