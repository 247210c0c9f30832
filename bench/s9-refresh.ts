import { refresh } from '../cron/refresh.js'
import { type Day, instantOf, parseDay } from '../src/core/uptime/slot.js'
import { openLog } from '../src/log.js'
import type { Store } from '../src/store/pool.js'
import { fill, fillDay, withDatabase } from './filled.js'
import type { Bench, BenchResult } from './report.js'

const ADDRESSES = 65_536
const DAY = parseDay('2026-03-02')

export const s9: Bench = {
  id: 's9',
  promise: 'the nightly refresh of 65,536 addresses: fold, pack, check',
  run: () => withDatabase(refreshOnce),
}

async function refreshOnce(store: Store): Promise<BenchResult> {
  const seconds = await timeRefresh(store, ADDRESSES)
  return {
    figures: [{ what: 'time', value: seconds, unit: 's', bound: { under: 20 } }],
  }
}

/** Seconds that the refresh of one whole day takes; throws where any sum drifted. */
export async function timeRefresh(store: Store, addresses: number): Promise<number> {
  const before = (DAY - 1) as Day
  await fill(store, addresses, instantOf(before, 287))
  await refreshAt(store, instantOf(DAY, 12))
  await fillDay(store, addresses, DAY)
  const started = performance.now()
  const summary = await refreshAt(store, instantOf((DAY + 1) as Day, 12))
  if (!summary.endsWith(' 0 drifts')) throw new Error(summary)
  return (performance.now() - started) / 1_000
}

function refreshAt(store: Store, now: Date): Promise<string> {
  const { signal } = new AbortController()
  return refresh({ store, now, signal, log: openLog('bench', 'silent') })
}
