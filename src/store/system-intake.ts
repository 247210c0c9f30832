import { type VendorTable, vendorOf } from '../core/address/mac.js'
import { nextChange } from './addresses.js'
import type { Db, Store, Value } from './pool.js'

/** How soon an address's operating system is asked for; the lower goes first. */
export const URGENCY = { new: 0, changed: 1, known: 2 } as const

const ROWS_AT_ONCE = 2_000

export interface Intake {
  /** Addresses that were looked at: newcomers and those of which anything changed. */
  readonly taken: number
  /** Addresses whose vendor was written. */
  readonly vendors: number
}

/**
 * Takes in every address that changed since the last time: a new one is due at once, and so is one
 * whose MAC or name is another than before, for it may be another machine. Vendors are filled in from
 * the MACs; `readVendors` is called only where there is one.
 */
export async function takeInChanges(
  store: Store,
  now: Date,
  readVendors: () => Promise<VendorTable>,
): Promise<Intake> {
  let table: VendorTable | undefined
  let intake: Intake = { taken: 0, vendors: 0 }
  for (;;) {
    const cursor = await readCursor(store, '')
    const rows = await readChanged(store, cursor)
    if (rows.length === 0) return intake
    if (rows.some((row) => row.mac !== null)) table ??= await readVendors()
    const vendors = table === undefined ? [] : findVendors(rows, table)
    const isOurs = await store.transaction(async (tx) => {
      const held = await readCursor(tx, 'FOR UPDATE')
      if (!isSame(held, cursor)) return false
      await enter(tx, rows, now)
      await keepVendors(tx, vendors)
      await moveCursor(tx, rows.at(-1)!)
      return true
    })
    if (isOurs) {
      intake = { taken: intake.taken + rows.length, vendors: intake.vendors + vendors.length }
    }
  }
}

interface Cursor {
  readonly changed_seq: number | string
  readonly site_id: number
  readonly ip: number
}

interface ChangedRow extends Cursor {
  readonly mac: number | null
  readonly vendor: string | null
  readonly hostname: string | null
  readonly first_seen: Date | null
}

async function readCursor(db: Db, lock: '' | 'FOR UPDATE'): Promise<Cursor> {
  const [cursor] = await db.query<Cursor>(
    `SELECT changed_seq, site_id, ip FROM system_intake WHERE id = 1 ${lock}`,
  )
  return cursor!
}

/** One change may have touched a whole network, so that the number alone does not tell where to go on. */
function readChanged(db: Db, { changed_seq, site_id, ip }: Cursor): Promise<ChangedRow[]> {
  return db.query<ChangedRow>(
    `SELECT changed_seq, site_id, ip, mac, vendor, hostname, first_seen FROM address
     WHERE changed_seq >= ? AND (changed_seq > ? OR site_id > ? OR (site_id = ? AND ip > ?))
     ORDER BY changed_seq, site_id, ip LIMIT ${ROWS_AT_ONCE}`,
    [changed_seq, changed_seq, site_id, site_id, ip],
  )
}

/** Of the assignments the later ones see what the earlier have changed. */
async function enter(tx: Db, changed: readonly ChangedRow[], now: Date): Promise<void> {
  const rows = changed.filter((row) => row.first_seen !== null)
  if (rows.length === 0) return
  const isAnother = 'mac <> VALUES(mac) OR LOWER(hostname) <> LOWER(VALUES(hostname))'
  await tx.run(
    `INSERT INTO address_system (site_id, ip, urgency, due_at, mac, hostname)
     VALUES ${rows.map(() => '(?, ?, ?, ?, ?, ?)').join(', ')}
     ON DUPLICATE KEY UPDATE
       urgency = IF(${isAnother}, LEAST(urgency, ${URGENCY.changed}), urgency),
       due_at = IF(${isAnother}, LEAST(due_at, VALUES(due_at)), due_at),
       mac = COALESCE(VALUES(mac), mac), hostname = COALESCE(VALUES(hostname), hostname)`,
    rows.flatMap((row): Value[] => [row.site_id, row.ip, URGENCY.new, now, row.mac, row.hostname]),
  )
}

interface VendorRow {
  readonly row: ChangedRow
  readonly vendor: string | undefined
}

function findVendors(rows: readonly ChangedRow[], table: VendorTable): VendorRow[] {
  return rows
    .map((row) => ({ row, vendor: row.mac === null ? undefined : vendorOf(row.mac, table) }))
    .filter(({ row, vendor }) => row.mac !== null && (vendor ?? null) !== row.vendor)
}

/** Only where the MAC is still the one that the vendor was found for. */
async function keepVendors(tx: Db, vendors: readonly VendorRow[]): Promise<void> {
  if (vendors.length === 0) return
  const change = await nextChange(tx)
  for (const { row, vendor } of vendors) {
    await tx.run(
      `UPDATE address SET vendor = ?, last_modified = UTC_TIMESTAMP(), changed_seq = ?
       WHERE site_id = ? AND ip = ? AND mac = ?`,
      [vendor ?? null, change, row.site_id, row.ip, row.mac],
    )
  }
}

async function moveCursor(tx: Db, { changed_seq, site_id, ip }: Cursor): Promise<void> {
  await tx.run('UPDATE system_intake SET changed_seq = ?, site_id = ?, ip = ? WHERE id = 1', [
    changed_seq,
    site_id,
    ip,
  ])
}

function isSame(a: Cursor, b: Cursor): boolean {
  return String(a.changed_seq) === String(b.changed_seq) && a.site_id === b.site_id && a.ip === b.ip
}
