import { type CounterPair, emptyPair } from '../core/uptime/counters.js'
import {
  type AddressKey,
  addOpenDay,
  type FoldedCounters,
  isToAdd,
  readFolded,
} from '../store/counters.js'
import type { Db } from '../store/pool.js'
import { findRow, MISSING } from './columns.js'
import type { HeldDays, OpenDays } from './open-days.js'
import type { Snapshot } from './snapshot.js'

const KEYS_AT_ONCE = 500
/** An address is the first, and only one, of the days that are held of it. */
const FIRST = 0

/**
 * The 288-slot counters of some addresses, exact to the last counted part that is in memory: what is
 * folded, read by primary key, and the open days from memory. By `site/ip`, both as numbers.
 */
export async function readStrips(
  db: Db,
  snapshot: Snapshot,
  open: OpenDays,
  keys: readonly AddressKey[],
): Promise<Map<string, CounterPair>> {
  // Held before the counters are read: a day that is folded meanwhile is then in both, and left out here.
  const held = open.hold()
  const strips = new Map<string, CounterPair>()
  for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
    const some = keys.slice(at, at + KEYS_AT_ONCE)
    const folded = new Map((await readFolded(db, some)).map((it) => [nameOf(it), it]))
    for (const key of some) {
      strips.set(nameOf(key), addUp(snapshot, held, key, folded.get(nameOf(key))))
    }
  }
  return strips
}

function addUp(
  { columns, timeZones }: Snapshot,
  held: HeldDays,
  { siteId, ip }: AddressKey,
  folded: FoldedCounters | undefined,
): CounterPair {
  const { active, total } = folded ?? emptyPair()
  const pair = { active, total }
  const row = findRow(columns, siteId, ip)
  const seconds = row === undefined ? MISSING : columns.firstSeen[row]!
  const timeZone = timeZones.get(siteId)
  if (seconds === MISSING || timeZone === undefined) return pair
  const firstSeen = new Date(seconds * 1_000)
  for (const [day, bits] of held.ofAddress(siteId, ip)) {
    if (!isToAdd(day, firstSeen, folded?.foldedThrough)) continue
    addOpenDay(pair, day, bits, FIRST, firstSeen, timeZone)
  }
  return pair
}

function nameOf({ siteId, ip }: AddressKey): string {
  return `${siteId}/${ip}`
}
