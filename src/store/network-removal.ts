import { forgetRange } from './forget.js'
import { lockGround } from './ground.js'
import { giveUpSweeps, type Network } from './networks.js'
import type { Store } from './pool.js'

const SWEEPS_AT_ONCE = 5_000

/**
 * Removes a network and whatever of it is being swept. What was counted stays, as addresses outside
 * any network, unless `forget`: then it goes first, and a removal that was interrupted is taken up by
 * the next. Answers whether the network was there.
 */
export async function removeNetwork(
  store: Store,
  network: Network,
  { forget }: { readonly forget: boolean },
): Promise<boolean> {
  if (forget) {
    await disable(store, network.id)
    await forgetRange(store, network.siteId, network)
  }
  const wasThere = await store.transaction(async (tx) => {
    await lockGround(tx)
    await giveUpSweeps(tx, network.id, 'the network was removed')
    return (await tx.run('DELETE FROM network WHERE id = ?', [network.id])).affected === 1
  })
  if (forget) {
    await forgetSweeps(store, network.id)
    await forgetLateCounts(store, network)
  }
  return wasThere
}

/** No sweep begins any more, and one that runs is not counted. */
async function disable(store: Store, networkId: number): Promise<void> {
  await store.transaction(async (tx) => {
    await tx.run('UPDATE network SET enabled = FALSE WHERE id = ?', [networkId])
    await giveUpSweeps(tx, networkId, 'the network is being removed')
  })
}

async function forgetSweeps(store: Store, networkId: number): Promise<void> {
  const remove = () =>
    store.run(`DELETE FROM sweep WHERE network_id = ? LIMIT ${SWEEPS_AT_ONCE}`, [networkId])
  while ((await remove()).affected === SWEEPS_AT_ONCE);
}

/** A scanner may have read the list of networks just before this one was disabled. */
async function forgetLateCounts(store: Store, network: Network): Promise<void> {
  await forgetRange(store, network.siteId, network)
}
