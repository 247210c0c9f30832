import { percentActive } from '../core/uptime/counters.js'
import { type Day, dayOf, formatDay, instantOf } from '../core/uptime/slot.js'
import { CALENDAR_DAYS, type Presence } from './presence.js'
import { type Level, levelOf } from './strip.js'

export interface CalendarDay {
  readonly date: string
  readonly dayOfMonth: number
  readonly seen: number
  readonly asked: number
  readonly percent: number | undefined
  readonly level: Level
  readonly isToday: boolean
}

export interface Calendar {
  /** Weeks from Monday to Sunday; undefined before the first and after the last day. */
  readonly weeks: readonly (readonly (CalendarDay | undefined)[])[]
  readonly seen: number
  readonly asked: number
  readonly today: CalendarDay
}

export function drawCalendar(presence: Presence, now: Date): Calendar {
  const today = dayOf(now)
  const days = Array.from({ length: CALENDAR_DAYS }, (_, index) =>
    describeDay(presence, (today - CALENDAR_DAYS + 1 + index) as Day, today),
  )
  const weeks: (CalendarDay | undefined)[][] = []
  const blanks = weekdayOf((today - CALENDAR_DAYS + 1) as Day)
  const padded = [...Array<undefined>(blanks).fill(undefined), ...days]
  while (padded.length % 7 !== 0) padded.push(undefined)
  for (let at = 0; at < padded.length; at += 7) weeks.push(padded.slice(at, at + 7))
  return {
    weeks,
    seen: days.reduce((sum, day) => sum + day.seen, 0),
    asked: days.reduce((sum, day) => sum + day.asked, 0),
    today: days.at(-1)!,
  }
}

function describeDay(presence: Presence, day: Day, today: Day): CalendarDay {
  const own = presence.days.get(day)
  const seen = own === undefined ? 0 : ones(own.seen)
  const asked = own === undefined ? 0 : ones(own.asked)
  return {
    date: formatDay(day),
    dayOfMonth: instantOf(day).getUTCDate(),
    seen,
    asked,
    percent: percentActive(seen, asked),
    level: levelOf(seen, asked),
    isToday: day === today,
  }
}

/** Monday is 0. */
function weekdayOf(day: Day): number {
  return (instantOf(day).getUTCDay() + 6) % 7
}

function ones(bits: Uint8Array): number {
  return bits.reduce((sum, bit) => sum + bit, 0)
}
