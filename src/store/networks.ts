import { type Ip, type Parsed, toIp } from '../core/address/ip.js'
import { formatNetwork, type NetworkRange, parseNetwork } from '../core/address/network.js'
import {
  admit,
  admitAll,
  type Candidate,
  plotOf,
  type RefusedCandidate,
} from '../core/scan/admission.js'
import type { Cost } from '../core/scan/budget.js'
import type { NetworkDraft } from '../core/scan/network-draft.js'
import { lockGround } from './ground.js'
import { insertNetwork, updateNetwork } from './network-rows.js'
import type { Db, Store } from './pool.js'
import { addRequest } from './requests.js'

export interface Network extends NetworkRange {
  readonly id: number
  readonly siteId: number
  readonly gateway: Ip | undefined
  readonly name: string
  readonly tag: string
  readonly vlan: number | undefined
  readonly notes: string
  readonly sweepMinutes: number
  readonly packetsPerSecond: number
  readonly enabled: boolean
  readonly darkSince: Date | undefined
}

/** A network as it was saved, and what its sweeps will cost. */
export interface SavedNetwork {
  readonly network: Network
  readonly cost: Cost
}

/** Of one site or of all, in the order of their addresses. */
export async function listNetworks(db: Db, siteId?: number): Promise<Network[]> {
  const rows = await db.query<NetworkRow>(
    `SELECT id, site_id, first, last, prefix_length, gateway, name, tag, vlan, notes,
       sweep_minutes, packets_per_second, enabled,
       (SELECT MIN(since) FROM darkness WHERE network_id = network.id) AS dark_since
     FROM network WHERE ? IS NULL OR site_id = ? ORDER BY site_id, first`,
    [siteId ?? null, siteId ?? null],
  )
  return rows.map(toNetwork)
}

export async function readNetwork(db: Db, id: number): Promise<Network | undefined> {
  const [row] = await db.query<NetworkRow>(
    `SELECT id, site_id, first, last, prefix_length, gateway, name, tag, vlan, notes,
       sweep_minutes, packets_per_second, enabled,
       (SELECT MIN(since) FROM darkness WHERE network_id = network.id) AS dark_since
     FROM network WHERE id = ?`,
    [id],
  )
  return row && toNetwork(row)
}

/** The one network that an id, a range or a name of its own stands for. */
export async function findNetwork(
  db: Db,
  siteId: number | undefined,
  key: string | number,
): Promise<Network | undefined> {
  const found = await findNetworks(db, siteId, key)
  return found.length === 1 ? found[0] : undefined
}

/** As `findNetwork`, but several where a name stands for several. */
export async function findNetworks(
  db: Db,
  siteId: number | undefined,
  key: string | number,
): Promise<Network[]> {
  const networks = await listNetworks(db, siteId)
  const byId = networks.filter((network) => String(network.id) === String(key))
  if (byId.length > 0 || typeof key === 'number') return byId
  const range = parseNetwork(key)
  const ways = [
    (network: Network) =>
      range.ok && network.first === range.value.first && network.last === range.value.last,
    (network: Network) => network.name === key,
    (network: Network) => network.name.toLowerCase() === key.toLowerCase(),
  ]
  return ways.map((isIt) => networks.filter(isIt)).find((found) => found.length > 0) ?? []
}

/** Saves a network and asks for its first sweep, in one transaction; or says why it cannot be. */
export async function addNetwork(
  store: Store,
  siteId: number,
  draft: NetworkDraft,
  byWhom: string,
  now: Date,
): Promise<Parsed<SavedNetwork>> {
  const added = await addNetworks(store, [{ siteId, draft }], byWhom, now)
  return added.ok
    ? { ok: true, value: added.value[0]! }
    : { ok: false, error: added.mistakes[0]!.error }
}

export type AddedNetworks =
  | { readonly ok: true; readonly value: readonly SavedNetwork[] }
  | { readonly ok: false; readonly mistakes: readonly RefusedCandidate[] }

/** Saves all of these networks or none, then naming each that cannot be. */
export function addNetworks(
  store: Store,
  candidates: readonly Candidate[],
  byWhom: string,
  now: Date,
): Promise<AddedNetworks> {
  return store.transaction(async (tx) => {
    const { costs, mistakes } = admitAll(candidates, await lockGround(tx))
    if (mistakes.length > 0) return { ok: false, mistakes }
    const value: SavedNetwork[] = []
    for (const [index, { siteId, draft }] of candidates.entries()) {
      const cost = costs[index]!
      const id = await insertNetwork(tx, siteId, draft, cost.packetsPerSecond, now)
      const network = (await readNetwork(tx, id))!
      if (network.enabled) await addRequest(tx, 'sweep', String(id), byWhom, now)
      value.push({ network, cost })
    }
    return { ok: true, value }
  })
}

/** Saves what was changed of a network; one that grew or was enabled is swept at once. */
export function editNetwork(
  store: Store,
  network: Network,
  draft: NetworkDraft,
  byWhom: string,
  now: Date,
): Promise<Parsed<SavedNetwork>> {
  return store.transaction(async (tx) => {
    const ground = await lockGround(tx)
    const before = ground.plots.find((plot) => plot.id === network.id)
    if (before === undefined) {
      return { ok: false, error: `${formatNetwork(network)} was removed meanwhile` }
    }
    const plot = plotOf({ siteId: network.siteId, draft }, ground, network.id)
    const admitted = admit(plot, ground)
    if (!admitted.ok) return admitted
    await updateNetwork(tx, network.id, draft, plot.packetsPerSecond)
    const isElsewhere = before.first !== plot.first || before.last !== plot.last
    if (isElsewhere) await giveUpSweeps(tx, network.id, 'the network was given another range')
    if (plot.enabled && (isElsewhere || !before.enabled)) {
      await addRequest(tx, 'sweep', String(network.id), byWhom, now)
    }
    const saved = (await readNetwork(tx, network.id))!
    return { ok: true, value: { network: saved, cost: admitted.value } }
  })
}

/** A network as its fields would be written again. */
export function draftOf(network: Network): NetworkDraft {
  const { first, last, prefixLength } = network
  return { ...network, range: { first, last, prefixLength } }
}

/** What runs for a network is not counted any more, and its darkness is forgotten. */
export async function giveUpSweeps(tx: Db, networkId: number, reason: string): Promise<void> {
  await tx.run(
    `UPDATE sweep SET state = 'failed', finished = UTC_TIMESTAMP(3), error = ?
     WHERE network_id = ? AND state = 'running'`,
    [reason, networkId],
  )
  await tx.run('DELETE FROM darkness WHERE network_id = ?', [networkId])
}

interface NetworkRow {
  id: number
  site_id: number
  first: number
  last: number
  prefix_length: number | null
  gateway: number | null
  name: string
  tag: string
  vlan: number | null
  notes: string
  sweep_minutes: number
  packets_per_second: number
  enabled: number
  dark_since: Date | null
}

function toNetwork(row: NetworkRow): Network {
  return {
    id: row.id,
    siteId: row.site_id,
    first: toIp(row.first),
    last: toIp(row.last),
    prefixLength: row.prefix_length ?? undefined,
    gateway: row.gateway === null ? undefined : toIp(row.gateway),
    name: row.name,
    tag: row.tag,
    vlan: row.vlan ?? undefined,
    notes: row.notes,
    sweepMinutes: row.sweep_minutes,
    packetsPerSecond: row.packets_per_second,
    enabled: row.enabled === 1,
    darkSince: row.dark_since ?? undefined,
  }
}
