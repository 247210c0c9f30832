import { formatIp } from '../src/core/address/ip.js'
import type { Drift } from '../src/core/uptime/drift.js'
import { dayOf } from '../src/core/uptime/slot.js'
import { recordEvent } from '../src/store/events.js'
import { foldBlock } from '../src/store/folding.js'
import { listOpenDays } from '../src/store/presence.js'
import { listSites } from '../src/store/sites.js'
import type { KeepingContext } from './context.js'

/** A day is folded when it has been over for this long: no sweep of it can be counted any more. */
const DAY_SETTLES_MS = 3_600_000

/** Folds and packs every closed day, and mends (and tells of) sums that do not agree with their bits. */
export async function refresh({ store, log, now, signal }: KeepingContext): Promise<string> {
  const zones = new Map((await listSites(store)).map((site) => [site.id, site.timeZone]))
  const closed = await listOpenDays(store, dayOf(new Date(now.getTime() - DAY_SETTLES_MS)))
  let blocks = 0
  let addresses = 0
  const drifts: Drift[] = []
  for (const { siteId, block, day } of closed) {
    if (signal.aborted) break
    const folded = await foldBlock(store, siteId, block, day, zones.get(siteId) ?? 'UTC')
    blocks++
    addresses += folded.addresses
    drifts.push(...folded.drifts)
  }
  if (drifts.length > 0) {
    const text = `mended ${drifts.length} sums that did not agree with their bits: ${describe(drifts)}`
    log.error({ drifts: drifts.slice(0, 20) }, text)
    await recordEvent(store, { kind: 'drift', text })
  }
  return `${blocks} block days folded, ${addresses} counters raised, ${drifts.length} drifts`
}

function describe(drifts: readonly Drift[]): string {
  const some = drifts.slice(0, 5).map((drift) => formatIp(drift.ip))
  return drifts.length > some.length ? `${some.join(', ')}, ...` : some.join(', ')
}
