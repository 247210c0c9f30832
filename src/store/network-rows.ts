import type { NetworkDraft } from '../core/scan/network-draft.js'
import type { Db, Value } from './pool.js'

/** Writes a new network and answers its id. */
export async function insertNetwork(
  tx: Db,
  siteId: number,
  draft: NetworkDraft,
  packetsPerSecond: number,
  now: Date,
): Promise<number> {
  const added = await tx.run(
    `INSERT INTO network (first, last, prefix_length, gateway, name, tag, vlan, notes,
       sweep_minutes, packets_per_second, enabled, site_id, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [...columnsOf(draft, packetsPerSecond), siteId, now],
  )
  return added.insertId
}

/** Writes every column that a draft decides. */
export async function updateNetwork(
  tx: Db,
  id: number,
  draft: NetworkDraft,
  packetsPerSecond: number,
): Promise<void> {
  await tx.run(
    `UPDATE network SET first = ?, last = ?, prefix_length = ?, gateway = ?, name = ?, tag = ?,
       vlan = ?, notes = ?, sweep_minutes = ?, packets_per_second = ?, enabled = ? WHERE id = ?`,
    [...columnsOf(draft, packetsPerSecond), id],
  )
}

function columnsOf(draft: NetworkDraft, packetsPerSecond: number): Value[] {
  return [
    draft.range.first,
    draft.range.last,
    draft.range.prefixLength ?? null,
    draft.gateway ?? null,
    draft.name,
    draft.tag,
    draft.vlan ?? null,
    draft.notes,
    draft.sweepMinutes,
    packetsPerSecond,
    draft.enabled,
  ]
}
