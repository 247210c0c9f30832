import { DAY_MS, dayOf } from '../src/core/uptime/slot.js'
import { purgeDays } from '../src/store/presence.js'
import { purgeLog } from '../src/store/purge.js'
import { readSettings } from '../src/store/settings.js'
import type { KeepingContext } from './context.js'

const ROWS_AT_ONCE = 2_000

/** Forgets presence, sweeps and events older than the kept days, in steps that block nobody. */
export async function purge({ store, now, signal }: KeepingContext): Promise<string> {
  const settings = await readSettings(store)
  const before = new Date(now.getTime() - settings['presence.keep_days'] * DAY_MS)
  const days = await drain(signal, () => purgeDays(store, dayOf(before), ROWS_AT_ONCE))
  const rows = await drain(signal, () => purgeLog(store, before, ROWS_AT_ONCE))
  return `${days} block days and ${rows} old rows removed`
}

async function drain(signal: AbortSignal, step: () => Promise<number>): Promise<number> {
  let removed = 0
  for (;;) {
    const some = signal.aborted ? 0 : await step()
    removed += some
    if (some === 0) return removed
  }
}
