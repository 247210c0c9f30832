import type { Db, Value } from './pool.js'

export const CHANGE_FIELDS = ['hostname', 'os', 'mac'] as const
export type ChangeField = (typeof CHANGE_FIELDS)[number]
export type ChangeSource = 'ptr' | 'netbios' | 'mdns' | 'snmp' | 'nmap' | 'arp' | 'agent'

/** One row of the history: what an address was, what it became, who said so. */
export interface NewChange {
  readonly siteId: number
  readonly ip: number
  readonly field: ChangeField
  readonly old: string | undefined
  readonly new: string | undefined
  readonly source: ChangeSource
  readonly changedAt: Date
  /** When the old value was last heard. */
  readonly oldLastConfirmedAt: Date | undefined
}

const ROWS_PER_INSERT = 1_000

export async function recordChanges(tx: Db, changes: readonly NewChange[]): Promise<void> {
  for (let at = 0; at < changes.length; at += ROWS_PER_INSERT) {
    const rows = changes.slice(at, at + ROWS_PER_INSERT)
    await tx.run(
      `INSERT INTO address_change
         (site_id, ip, field, old, \`new\`, source, changed_at, old_last_confirmed_at)
       VALUES ${rows.map(() => '(?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}`,
      rows.flatMap((row): Value[] => [
        row.siteId,
        row.ip,
        row.field,
        row.old ?? null,
        row.new ?? null,
        row.source,
        row.changedAt,
        row.oldLastConfirmedAt ?? null,
      ]),
    )
  }
}
