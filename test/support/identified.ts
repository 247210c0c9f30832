import type { ChangeField, ChangeSource } from '../../src/store/address-changes.js'
import { recordChanges } from '../../src/store/address-changes.js'
import type { Store } from '../../src/store/pool.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
export const SERVERS = 0x0a140000
export const OFFICE = 0x0a140100

/**
 * Gives the believable networks their names' sources, systems, history, duplicates of all three kinds
 * and conflicts: 10.20.0.1 to .3 as one server after another, 10.20.1.x as an office.
 */
export async function identify(store: Store, now: Date): Promise<void> {
  const ago = (ms: number) => new Date(Math.floor((now.getTime() - ms) / 1_000) * 1_000)
  await store.run("UPDATE address SET name_source = 'ptr' WHERE hostname IS NOT NULL")
  await store.run("UPDATE address SET vendor = 'VMware, Inc.' WHERE mac IS NOT NULL")
  await store.run(
    `INSERT INTO name_check (site_id, ip, due_at, checked_at, confirmed_at, forward, forward_at)
     SELECT site_id, ip, ?, ?, ?, IF(hostname IS NULL, 'none', 'match'), ? FROM address`,
    [ago(-HOUR_MS), ago(HOUR_MS), ago(HOUR_MS), ago(HOUR_MS)],
  )
  await store.run("UPDATE name_check SET forward = 'mismatch', ptr_names = ? WHERE ip = ?", [
    'db-1.dc.example.net alias.dc.example.net',
    SERVERS + 1,
  ])
  await store.run(
    `INSERT INTO address_system (site_id, ip, state, urgency, due_at, asked_at, told_at, type, cpe)
     SELECT site_id, ip, 'known', 2, ?, ?, ?, 'linux', 'cpe:/o:linux:linux_kernel:6' FROM address
     WHERE ip BETWEEN ? AND ?`,
    [ago(-DAY_MS), ago(2 * DAY_MS), ago(2 * DAY_MS), SERVERS, SERVERS + 255],
  )
  await store.run(
    `UPDATE address SET os = 'Linux 6.1 - 6.8', os_accuracy = 97, os_family = 'Linux'
     WHERE ip BETWEEN ? AND ?`,
    [SERVERS, SERVERS + 255],
  )
  await store.run('UPDATE address SET fragile = TRUE WHERE ip = ?', [SERVERS + 1])
  await store.run(
    "INSERT INTO fragile_vendor (vendor, notes, created_at) VALUES ('vmware', 'as they ask', ?)",
    [now],
  )
  await duplicate(store)
  await recordChanges(store, [
    change(SERVERS + 1, 'hostname', undefined, 'old-db.dc.example.net', ago(30 * DAY_MS)),
    change(SERVERS + 1, 'hostname', 'old-db.dc.example.net', 'printer7', ago(20 * DAY_MS)),
    change(SERVERS + 1, 'hostname', 'printer7', undefined, ago(9 * DAY_MS)),
    change(SERVERS + 1, 'hostname', undefined, 'db-1.dc.example.net', ago(8 * DAY_MS)),
    change(SERVERS + 1, 'os', 'Linux 4.15', 'Linux 6.1 - 6.8', ago(2 * DAY_MS), 'nmap'),
    change(SERVERS + 1, 'mac', '02:42:ac:11:00:02', '00:50:56:00:00:00', ago(5 * HOUR_MS), 'arp'),
    change(SERVERS + 7, 'hostname', 'spare.dc.example.net', 'gone.dc.example.net', ago(5 * DAY_MS)),
    change(SERVERS + 2, 'hostname', 'web-one.dc.example.net', 'web-1.dc.example.net', ago(HOUR_MS)),
    change(OFFICE + 12, 'hostname', '=cmd|calc', '+printer', ago(3 * HOUR_MS), 'netbios'),
  ])
}

/** One name at once on two, one that moved, one MAC on two addresses of a server, and a generic one. */
async function duplicate(store: Store): Promise<void> {
  const name = async (ip: number, hostname: string) => {
    await store.run('UPDATE address SET hostname = ? WHERE ip = ?', [hostname, ip])
  }
  await name(SERVERS + 3, 'twice.dc.example.net')
  await name(SERVERS + 4, 'TWICE.dc.example.net')
  await name(SERVERS + 6, 'gone.dc.example.net')
  await name(SERVERS + 7, 'gone.dc.example.net')
  await store.run('UPDATE address SET mac = ? WHERE ip IN (?, ?)', [
    0x0242_ac11_0009,
    SERVERS + 9,
    SERVERS + 10,
  ])
  await name(OFFICE + 12, 'dhcp-12')
  await name(OFFICE + 13, 'dhcp-12')
}

function change(
  ip: number,
  field: ChangeField,
  old: string | undefined,
  now: string | undefined,
  changedAt: Date,
  source: ChangeSource = 'ptr',
) {
  const oldLastConfirmedAt = old === undefined ? undefined : new Date(changedAt.getTime() - HOUR_MS)
  return { siteId: 1, ip, field, old, new: now, source, changedAt, oldLastConfirmedAt }
}
