import { formatIp } from '../core/address/ip.js'
import type { Drift } from '../core/uptime/drift.js'
import { auditAll } from '../store/audit.js'
import type { Store } from '../store/pool.js'
import { type Finding, fail, ok } from './finding.js'

const SHOWN = 5
const TOLD_EVERY_MS = 1_000

/** Whether every address's sums, counters and kept bits agree; tells how far it is where somebody watches. */
export async function checkCounts(store: Store): Promise<Finding[]> {
  const drifts: Drift[] = []
  let blocks = 0
  let toldAt = Date.now()
  for await (const audit of auditAll(store)) {
    blocks++
    drifts.push(...audit.drifts)
    if (process.stderr.isTTY === true && Date.now() - toldAt > TOLD_EVERY_MS) {
      process.stderr.write(`\r${blocks} blocks checked`)
      toldAt = Date.now()
    }
  }
  if (drifts.length === 0) {
    return [ok(`counts: sums, counters and bits of ${blocks} blocks agree`)]
  }
  const some = drifts.slice(0, SHOWN).map(describe)
  const more = drifts.length > SHOWN ? ` and ${drifts.length - SHOWN} more` : ''
  return [
    fail(
      `counts: ${drifts.length} do not agree: ${some.join('; ')}${more}`,
      'ipspace run refresh mends sums; counters that differ from their days are to be reported as a fault',
    ),
  ]
}

function describe({ ip, what, found, expected }: Drift): string {
  return `${what} of ${formatIp(ip)} are ${found.active}/${found.total}, its bits say ${expected.active}/${expected.total}`
}
