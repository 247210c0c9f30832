import { formatIp } from '../core/address/ip.js'
import type { IpSet } from '../core/address/ip-set.js'
import { formatMac } from '../core/address/mac.js'
import { type NewChange, recordChanges } from './address-changes.js'
import { nextChange } from './addresses.js'
import type { Answer } from './answer.js'
import type { Db, Value } from './pool.js'
import type { ClaimedSweep } from './sweeps.js'

const ROWS_PER_INSERT = 2_000

/** Addresses that answered for the first time: a row of their own, and sums that start at 0. */
export async function enterNewcomers(
  tx: Db,
  sweep: ClaimedSweep,
  newcomers: IpSet,
  answers: readonly Answer[],
): Promise<void> {
  const entering = [...newcomers]
  if (entering.length === 0) return
  const macs = new Map(answers.map((answer) => [answer.ip, answer.mac]))
  const change = await nextChange(tx)
  for (let at = 0; at < entering.length; at += ROWS_PER_INSERT) {
    const ips = entering.slice(at, at + ROWS_PER_INSERT)
    await tx.run(
      `INSERT INTO address (site_id, ip, ip_text, mac, first_seen, last_modified, changed_seq)
       VALUES ${ips.map(() => '(?, ?, ?, ?, ?, UTC_TIMESTAMP(), ?)').join(', ')}
       ON DUPLICATE KEY UPDATE first_seen = VALUES(first_seen), mac = COALESCE(VALUES(mac), mac),
         last_modified = VALUES(last_modified), changed_seq = VALUES(changed_seq)`,
      ips.flatMap((ip): Value[] => [
        sweep.siteId,
        ip,
        formatIp(ip),
        macs.get(ip) ?? null,
        sweep.slotAt,
        change,
      ]),
    )
    await tx.run(
      `INSERT INTO address_state (site_id, ip, active, total)
       VALUES ${ips.map(() => '(?, ?, 0, 0)').join(', ')}`,
      ips.flatMap((ip): Value[] => [sweep.siteId, ip]),
    )
    const neighbours = ips.filter((ip) => macs.get(ip) !== undefined)
    await recordChanges(
      tx,
      neighbours.map((ip) => toMacChange(sweep, ip, macs.get(ip), undefined, undefined)),
    )
  }
}

/**
 * Only neighbours on the link show their MAC, and it seldom changes: few rows are ever written. Each
 * change is a row of history; the old MAC was last heard when the address last answered.
 */
export async function keepMacs(
  tx: Db,
  sweep: ClaimedSweep,
  known: IpSet,
  answers: readonly Answer[],
): Promise<void> {
  const told = answers.filter((answer) => answer.mac !== undefined && known.has(answer.ip))
  for (let at = 0; at < told.length; at += ROWS_PER_INSERT) {
    const some = told.slice(at, at + ROWS_PER_INSERT)
    const rows = await tx.query<{ ip: number; mac: number | null; last_active: Date | null }>(
      `SELECT a.ip, a.mac, s.last_active FROM address a
       LEFT JOIN address_state s ON s.site_id = a.site_id AND s.ip = a.ip
       WHERE a.site_id = ? AND a.ip IN (${some.map(() => '?').join(', ')})`,
      [sweep.siteId, ...some.map((answer) => answer.ip)],
    )
    const kept = new Map(rows.map((row) => [row.ip, row]))
    const changed = some.filter(({ ip, mac }) => kept.has(ip) && kept.get(ip)!.mac !== mac)
    for (const { ip, mac } of changed) {
      await tx.run(
        `UPDATE address SET mac = ?, last_modified = UTC_TIMESTAMP(), changed_seq = ?
         WHERE site_id = ? AND ip = ?`,
        [mac ?? null, await nextChange(tx), sweep.siteId, ip],
      )
    }
    const before = changed.map((answer) => ({ ...answer, before: kept.get(answer.ip)! }))
    await recordChanges(
      tx,
      before.map(({ ip, mac, before: { mac: old, last_active: heard } }) =>
        toMacChange(
          sweep,
          ip,
          mac,
          old ?? undefined,
          old === null ? undefined : (heard ?? undefined),
        ),
      ),
    )
  }
}

function toMacChange(
  sweep: ClaimedSweep,
  ip: number,
  mac: number | undefined,
  old: number | undefined,
  oldLastConfirmedAt: Date | undefined,
): NewChange {
  return {
    ...{ siteId: sweep.siteId, ip, field: 'mac', source: 'arp', changedAt: sweep.slotAt },
    old: old === undefined ? undefined : formatMac(old),
    new: mac === undefined ? undefined : formatMac(mac),
    oldLastConfirmedAt,
  }
}
