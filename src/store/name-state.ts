import type { NameSource } from '../core/names/change.js'
import type { AddressKey } from './counters.js'
import { type CheckRow, type ForwardState, type NameCheck, toCheck } from './names.js'
import type { Db } from './pool.js'

/** Who named an address, and what asking for its name came to; each is absent where nobody did. */
export interface NameState {
  readonly source: NameSource | undefined
  readonly check: NameCheck | undefined
}

/** Undefined where the address has no row of its own. */
export async function readNameState(db: Db, key: AddressKey): Promise<NameState | undefined> {
  const [row] = await db.query<CheckRow & { name_source: NameSource | null }>(
    `SELECT a.name_source, c.checked_at, c.confirmed_at, c.direct_at, c.failures, c.failure,
       c.failed_at, c.forward, c.forward_at, c.ptr_names
     FROM address a LEFT JOIN name_check c ON c.site_id = a.site_id AND c.ip = a.ip
     WHERE a.site_id = ? AND a.ip = ?`,
    [key.siteId, key.ip],
  )
  return row && { source: row.name_source ?? undefined, check: toCheck(row) }
}

/** Who named each of a page's addresses, and whether its name leads back; those without a name are left out. */
export function listNameSources(
  db: Db,
  keys: readonly AddressKey[],
): Promise<(AddressKey & { source: NameSource; forward: ForwardState | null })[]> {
  if (keys.length === 0) return Promise.resolve([])
  return db.query(
    `SELECT a.site_id AS siteId, a.ip, a.name_source AS source, c.forward
     FROM address a LEFT JOIN name_check c ON c.site_id = a.site_id AND c.ip = a.ip
     WHERE (a.site_id, a.ip) IN (${keys.map(() => '(?, ?)').join(', ')})
       AND a.name_source IS NOT NULL`,
    keys.flatMap(({ siteId, ip }) => [siteId, ip]),
  )
}
