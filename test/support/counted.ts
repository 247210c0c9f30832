import { IpSet } from '../../src/core/address/ip-set.js'
import type { Range } from '../../src/core/address/network.js'
import { type Counted, countPart } from '../../src/store/counting.js'
import type { Store } from '../../src/store/pool.js'
import { type ClaimedSweep, claimSweep } from '../../src/store/sweeps.js'

export interface MadeSweep {
  readonly siteId: number
  readonly networkId: number
  readonly range: Range
  readonly slotAt: Date
  readonly asked: Iterable<number>
  readonly seen: Iterable<number>
  readonly mac?: number
}

/** Claims a part as a scanner does, of a network that only bears the id; the deadline is an hour away. */
export async function claim(store: Store, sweep: MadeSweep, token = 'test'): Promise<ClaimedSweep> {
  await store.run(
    `INSERT IGNORE INTO network (id, site_id, first, last, packets_per_second, created_at)
     VALUES (?, ?, ?, ?, 1, UTC_TIMESTAMP())`,
    [sweep.networkId, sweep.siteId, sweep.networkId, sweep.networkId],
  )
  const claimed = await claimSweep(store, {
    siteId: sweep.siteId,
    networkId: sweep.networkId,
    part: 0,
    range: sweep.range,
    slotAt: sweep.slotAt,
    deadline: new Date(Date.now() + 3_600_000),
    engine: 'test',
    token,
  })
  if (claimed === undefined)
    throw new Error(`the slot ${sweep.slotAt.toISOString()} is claimed already`)
  return claimed
}

/** Counts an outcome that no nmap was asked for, through the product's own transaction. */
export async function count(
  store: Store,
  sweep: MadeSweep,
  claimed?: ClaimedSweep,
): Promise<Counted> {
  const seen = IpSet.of(sweep.range, sweep.seen)
  return countPart(store, claimed ?? (await claim(store, sweep)), {
    asked: IpSet.of(sweep.range, sweep.asked),
    seen,
    answers: [...seen].map((ip) => ({ ip, rttUs: 250, ttl: 63, mac: sweep.mac })),
    packets: 1,
  })
}
