import type { Ip } from '../../src/core/address/ip.js'
import type { NameChange } from '../../src/core/names/change.js'
import { saveNames } from '../../src/store/names.js'
import type { Store } from '../../src/store/pool.js'

/** Names addresses as DNS would, through the product's own saving; undefined takes the name away. */
export async function nameAddresses(
  store: Store,
  names: readonly (readonly [ip: number, name: string | undefined])[],
  now: Date,
): Promise<number> {
  const results = []
  for (const [ip, name] of names) {
    const [row] = await store.query<{ hostname: string | null }>(
      'SELECT hostname FROM address WHERE site_id = 1 AND ip = ?',
      [ip],
    )
    const held =
      row?.hostname == null ? undefined : ({ name: row.hostname, source: 'ptr' } as const)
    const change: NameChange =
      name === undefined
        ? { kind: 'lost', now: undefined }
        : { kind: held ? 'renamed' : 'gained', now: { name, source: 'ptr' } }
    results.push({
      due: { siteId: 1, ip: ip as Ip, held, check: undefined, isPresent: true, hasCome: true },
      change,
      check: {
        ...{ checkedAt: now, confirmedAt: now, directAt: undefined, failures: 0 },
        ...{ failure: undefined, failedAt: undefined, forwardAt: undefined, ptrNames: [] },
        forward: 'none' as const,
      },
      dueAt: now,
    })
  }
  return saveNames(store, results, now)
}
