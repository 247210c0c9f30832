import { type Ip, toIp } from '../core/address/ip.js'
import type { Range } from '../core/address/network.js'
import type { AddressKey } from './counters.js'
import type { Db } from './pool.js'

/** One address: who it is, what an administrator wrote, and what the sweeps counted. */
export interface Address {
  readonly siteId: number
  readonly ip: Ip
  readonly hostname: string | undefined
  readonly os: string | undefined
  /** 48 bits. */
  readonly mac: number | undefined
  readonly firstSeen: Date | undefined
  readonly status: string
  readonly owner: string
  readonly notes: string
  readonly active: number
  readonly total: number
  readonly lastActive: Date | undefined
  readonly lastSilent: Date | undefined
  readonly rttUs: number | undefined
  readonly replyTtl: number | undefined
}

/** The addresses of some keys, in the keys' order; one without a row is left out. */
export async function readAddresses(db: Db, keys: readonly AddressKey[]): Promise<Address[]> {
  if (keys.length === 0) return []
  const rows = await db.query<AddressRow>(
    `SELECT a.site_id, a.ip, a.hostname, a.os, a.mac, a.first_seen, a.status, a.owner, a.notes,
       s.active, s.total, s.last_active, s.last_silent, s.rtt_us, s.reply_ttl
     FROM address a LEFT JOIN address_state s ON s.site_id = a.site_id AND s.ip = a.ip
     WHERE (a.site_id, a.ip) IN (${keys.map(() => '(?, ?)').join(', ')})`,
    keys.flatMap(({ siteId, ip }) => [siteId, ip]),
  )
  const found = new Map(rows.map((row) => [`${row.site_id}/${row.ip}`, toAddress(row)]))
  return keys.flatMap(({ siteId, ip }) => found.get(`${siteId}/${ip}`) ?? [])
}

export async function readAddress(db: Db, key: AddressKey): Promise<Address | undefined> {
  return (await readAddresses(db, [key]))[0]
}

/** How many addresses of a range have ever answered. */
export async function countKnown(db: Db, siteId: number, range: Range): Promise<number> {
  const [row] = await db.query<{ known: number }>(
    'SELECT COUNT(*) AS known FROM address_state WHERE site_id = ? AND ip BETWEEN ? AND ?',
    [siteId, range.first, range.last],
  )
  return row?.known ?? 0
}

/**
 * The number of the change that this transaction makes to addresses; held until commit, so that
 * whoever reads number n has every change up to n.
 */
export async function nextChange(tx: Db): Promise<number> {
  await tx.run('UPDATE change_sequence SET last = last + 1 WHERE id = 1')
  const [row] = await tx.query<{ last: number }>('SELECT last FROM change_sequence WHERE id = 1')
  return row!.last
}

interface AddressRow {
  site_id: number
  ip: number
  hostname: string | null
  os: string | null
  mac: number | null
  first_seen: Date | null
  status: string
  owner: string
  notes: string
  active: number | null
  total: number | null
  last_active: Date | null
  last_silent: Date | null
  rtt_us: number | null
  reply_ttl: number | null
}

function toAddress(row: AddressRow): Address {
  return {
    siteId: row.site_id,
    ip: toIp(row.ip),
    hostname: row.hostname ?? undefined,
    os: row.os ?? undefined,
    mac: row.mac ?? undefined,
    firstSeen: row.first_seen ?? undefined,
    status: row.status,
    owner: row.owner,
    notes: row.notes,
    active: row.active ?? 0,
    total: row.total ?? 0,
    lastActive: row.last_active ?? undefined,
    lastSilent: row.last_silent ?? undefined,
    rttUs: row.rtt_us ?? undefined,
    replyTtl: row.reply_ttl ?? undefined,
  }
}
