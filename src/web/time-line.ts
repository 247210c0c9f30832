import { type Holding, holdingsOf } from '../core/names/holding.js'
import type { ChangeField } from '../store/address-changes.js'
import type { Change } from '../store/change-list.js'
import { SOURCE_WORDS } from './sources.js'

/** The width of a drawn line, in its own units. */
export const LINE_WIDTH = 1_000
const NARROWEST_BAR = 3
const FIELD_WORDS: Readonly<Record<ChangeField, string>> = {
  hostname: 'Hostname',
  os: 'System',
  mac: 'MAC',
}

/** One field of an address: the values it has had, the oldest first. */
export interface FieldHistory {
  readonly field: ChangeField
  readonly current: string | undefined
  readonly changes: readonly Change[]
}

export interface Bar {
  readonly x: number
  readonly width: number
  /** Neighbours take turns, so that a change is seen. */
  readonly shade: 'held' | 'held other'
  readonly title: string
}

export interface Lane {
  readonly title: string
  readonly bars: readonly Bar[]
}

/** A value as the table beside the bars tells it. */
export interface TimeLineRow extends Holding {
  readonly title: string
  readonly source: string | undefined
  /** When it was last heard; undefined while it is held. */
  readonly confirmedAt: Date | undefined
}

export interface TimeLine {
  readonly from: Date
  readonly middle: Date
  readonly to: Date
  readonly lanes: readonly Lane[]
  /** The newest first. */
  readonly rows: readonly TimeLineRow[]
}

/** Names, systems and MACs as bars over dates; undefined where the address has never had any. */
export function drawTimeLine(
  histories: readonly FieldHistory[],
  firstSeen: Date | undefined,
  now: Date,
): TimeLine | undefined {
  const rows = histories.flatMap(listHeld)
  if (rows.length === 0) return undefined
  const ends = rows.flatMap(({ from, until }) => [from, until]).filter((at) => at !== undefined)
  const from = new Date(Math.min(now.getTime() - 1, ...[firstSeen, ...ends].map(timeOf(now))))
  const middle = new Date((from.getTime() + now.getTime()) / 2)
  const lanes = histories.map(({ field }) => {
    const title = FIELD_WORDS[field]
    const held = rows.filter((row) => row.title === title)
    return { title, bars: held.map((row, index) => drawBar(row, index, from, now)) }
  })
  const newestFirst = rows.sort((a, b) => timeOf(from)(b.from) - timeOf(from)(a.from))
  return {
    from,
    middle,
    to: now,
    lanes: lanes.filter((it) => it.bars.length > 0),
    rows: newestFirst,
  }
}

/** A value that was there before the history was begun has no row of history: it is held since ever. */
function listHeld({ field, current, changes }: FieldHistory): TimeLineRow[] {
  const title = FIELD_WORDS[field]
  const holdings = holdingsOf(changes)
  if (holdings.length === 0 && current !== undefined) {
    holdings.push({ value: current, from: undefined, until: undefined })
  }
  return holdings.map((holding) => {
    const began = changes.find(({ changedAt }) => changedAt === holding.from)
    const ended = changes.find(({ changedAt }) => changedAt.getTime() === holding.until?.getTime())
    return {
      ...holding,
      title,
      source: began && SOURCE_WORDS[began.source],
      confirmedAt: ended?.oldLastConfirmedAt,
    }
  })
}

function drawBar({ value, from, until }: Holding, index: number, start: Date, now: Date): Bar {
  const scale = LINE_WIDTH / (now.getTime() - start.getTime())
  const x = Math.round((timeOf(start)(from) - start.getTime()) * scale)
  const end = Math.round((timeOf(now)(until) - start.getTime()) * scale)
  const width = Math.min(Math.max(NARROWEST_BAR, end - x), LINE_WIDTH)
  return {
    x: Math.min(x, LINE_WIDTH - width),
    width,
    shade: index % 2 === 0 ? 'held' : 'held other',
    title: `${value}: ${from ? dateOf(from) : 'before'} to ${until ? dateOf(until) : 'now'}`,
  }
}

function timeOf(otherwise: Date): (instant: Date | undefined) => number {
  return (instant) => (instant ?? otherwise).getTime()
}

function dateOf(instant: Date): string {
  return instant.toISOString().slice(0, 10)
}
