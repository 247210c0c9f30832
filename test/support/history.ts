import { formatIp } from '../../src/core/address/ip.js'
import { blockOf, IpSet } from '../../src/core/address/ip-set.js'
import type { Range } from '../../src/core/address/network.js'
import { type Day, instantOf, SLOTS_PER_DAY } from '../../src/core/uptime/slot.js'
import { foldBlock } from '../../src/store/folding.js'
import type { Store } from '../../src/store/pool.js'
import { raiseBits } from '../../src/store/presence.js'
import type { Site } from '../../src/store/sites.js'

/** A folded day in which these addresses of one block answered at every slot: canaries from then on. */
export async function giveHistory(
  store: Store,
  site: Site,
  ips: readonly number[],
  day: Day,
): Promise<void> {
  const block = blockOf(ips[0]!)
  const words = IpSet.of({ first: ips[0]!, last: ips.at(-1)! } as Range, ips).blockWords(block)
  for (const ip of ips) {
    await store.run(
      `INSERT INTO address (site_id, ip, ip_text, first_seen, last_modified)
       VALUES (?, ?, ?, ?, UTC_TIMESTAMP())`,
      [site.id, ip, formatIp(ip), instantOf(day)],
    )
    await store.run(
      'INSERT INTO address_state (site_id, ip, active, total, last_active) VALUES (?, ?, ?, ?, ?)',
      [site.id, ip, SLOTS_PER_DAY, SLOTS_PER_DAY, instantOf(day, SLOTS_PER_DAY - 1)],
    )
  }
  const slots = Array.from({ length: SLOTS_PER_DAY }, (_, slot) => ({
    ...{ siteId: site.id, block, day, slot },
    ...{ seen: words, asked: words },
  }))
  await raiseBits(store, slots)
  const { drifts } = await foldBlock(store, site.id, block, day, site.timeZone)
  if (drifts.length > 0) throw new Error('the history does not agree with itself')
}
