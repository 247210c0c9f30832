import type { RE2JS } from 're2js'
import type { Parsed } from '../core/address/ip.js'
import type { Columns, Stretch } from './columns.js'
import { makeMatcher } from './matcher.js'
import { countRows } from './scope.js'

const PAUSE_AFTER_MS = 2
const ROWS_BETWEEN_LOOKS = 32
/** A pattern may take so long in all, several times what any but a hostile one needs. */
const LEAST_BUDGET_MS = 40
const BUDGET_US_PER_ROW = 1.5

/**
 * Finds the pattern in the IP, hostname, OS or notes of some rows: a byte for each row of the table, 1 where
 * it was found. Refuses a pattern that takes too long.
 */
export function* matchRows(
  columns: Columns,
  stretches: readonly Stretch[],
  pattern: RE2JS,
): Generator<void, Parsed<Uint8Array>, void> {
  const { ip, hostname, os, notes } = columns
  const budgetMs = LEAST_BUDGET_MS + (countRows(stretches) * BUDGET_US_PER_ROW) / 1_000
  const matcher = makeMatcher(pattern, columns.texts)
  const found = new Uint8Array(columns.size)
  let spentMs = 0
  let watch = startWatch()
  for (const { from, to } of cut(stretches)) {
    for (let row = from; row < to; row++) {
      const isFound =
        matcher.matchesIp(ip[row]!) ||
        matcher.matchesText(hostname[row]!) ||
        matcher.matchesText(os[row]!) ||
        matcher.matchesText(notes[row]!)
      if (isFound) found[row] = 1
    }
    if (performance.now() < watch.started + PAUSE_AFTER_MS) continue
    spentMs += readWatch(watch)
    if (spentMs > budgetMs) {
      return { ok: false, error: 'the pattern takes too long here: repeat less in it' }
    }
    yield
    watch = startWatch()
  }
  return { ok: true, value: found }
}

interface Watch {
  readonly started: number
  readonly startedCpu: NodeJS.CpuUsage
}

function startWatch(): Watch {
  return { started: performance.now(), startedCpu: process.cpuUsage() }
}

/** In ms. On a busy machine a thread may stand still for long, which is not the pattern's fault. */
function readWatch({ started, startedCpu }: Watch): number {
  const { user, system } = process.cpuUsage(startedCpu)
  return Math.min(performance.now() - started, (user + system) / 1_000)
}

function* cut(stretches: readonly Stretch[]): Generator<Stretch> {
  for (const { from, to } of stretches) {
    for (let at = from; at < to; at += ROWS_BETWEEN_LOOKS) {
      yield { from: at, to: Math.min(to, at + ROWS_BETWEEN_LOOKS) }
    }
  }
}
