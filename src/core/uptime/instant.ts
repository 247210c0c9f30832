import { cite } from '../address/cite.js'
import type { Parsed } from '../address/ip.js'
import { DAY_MS } from './slot.js'

const DAY = /^\d{4}-\d{2}-\d{2}$/
const INSTANT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?Z?$/

/** `2026-03-01` (its beginning) or `2026-03-01T14:30`, both in UTC. */
export function parseSince(text: string): Parsed<Date> {
  return parseInstant(text, 0)
}

/** The same; a day means its end. */
export function parseUntil(text: string): Parsed<Date> {
  return parseInstant(text, DAY_MS - 1_000)
}

function parseInstant(text: string, intoDayMs: number): Parsed<Date> {
  const input = text.trim()
  const isDay = DAY.test(input)
  const iso = isDay ? `${input}T00:00:00Z` : `${input.replace(' ', 'T').replace(/Z$/, '')}Z`
  const instant = new Date(iso)
  const isReal =
    (isDay || INSTANT.test(input)) &&
    !Number.isNaN(instant.getTime()) &&
    instant.toISOString().startsWith(input.slice(0, 10))
  return isReal
    ? { ok: true, value: new Date(instant.getTime() + (isDay ? intoDayMs : 0)) }
    : { ok: false, error: `${cite(text)} is no date: write 2026-03-01 or 2026-03-01T14:30 (UTC)` }
}
