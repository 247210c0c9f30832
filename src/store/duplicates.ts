import { type Ip, toIp } from '../core/address/ip.js'
import { formatMac } from '../core/address/mac.js'
import {
  type DuplicateKind,
  findOverlaps,
  type Holder,
  judgeMac,
  judgeName,
} from '../core/names/duplicate.js'
import type { IsGeneric } from '../core/names/hostname.js'
import { listExpected } from './expected-duplicates.js'
import type { Db } from './pool.js'
import { Togetherness } from './together.js'

const GROUPS_AT_ONCE = 200

export type DuplicateOf = 'hostname' | 'mac'

export interface DuplicateHolder extends Holder {
  readonly ip: Ip
  readonly hostname: string | undefined
  readonly firstSeen: Date | undefined
}

/** Two or more addresses of a site that have one name (in any letters) or one MAC now. */
export interface DuplicateGroup {
  readonly siteId: number
  readonly of: DuplicateOf
  /** The folded name, or the MAC as text. */
  readonly name: string
  readonly kind: DuplicateKind
  readonly isExpected: boolean
  /** The last sweep that saw two of them; undefined where none did since the newer came. */
  readonly lastTogether: Date | undefined
  readonly holders: readonly DuplicateHolder[]
}

/** A group whose kind is not judged yet; that costs a look at presence. */
export interface FoundGroup {
  readonly siteId: number
  readonly of: DuplicateOf
  readonly name: string
  /** The name or the MAC as the column has it. */
  readonly key: string | number
}

/** All names and MACs that several addresses have, from two indexes; names in the order of the alphabet. */
export async function findDuplicates(db: Db, siteId?: number): Promise<FoundGroup[]> {
  const site = [siteId ?? null, siteId ?? null]
  const names = await db.query<{ site_id: number; name: string }>(
    `SELECT site_id, hostname_folded AS name FROM address
     WHERE hostname_folded IS NOT NULL AND (? IS NULL OR site_id = ?)
     GROUP BY site_id, hostname_folded HAVING COUNT(*) > 1 ORDER BY site_id, hostname_folded`,
    site,
  )
  const macs = await db.query<{ site_id: number; mac: number }>(
    `SELECT site_id, mac FROM address WHERE mac IS NOT NULL AND (? IS NULL OR site_id = ?)
     GROUP BY site_id, mac HAVING COUNT(*) > 1 ORDER BY site_id, mac`,
    site,
  )
  return [
    ...names.map(
      (row): FoundGroup => ({ siteId: row.site_id, of: 'hostname', name: row.name, key: row.name }),
    ),
    ...macs.map(
      (row): FoundGroup => ({
        ...{ siteId: row.site_id, of: 'mac', name: formatMac(row.mac), key: row.mac },
      }),
    ),
  ]
}

/**
 * Who is in the groups and what each is, by presence. Groups with a generic name are left out where
 * `isGeneric` is given, and those that have dissolved meanwhile.
 */
export async function judgeDuplicates(
  db: Db,
  found: readonly FoundGroup[],
  isGeneric?: IsGeneric,
): Promise<DuplicateGroup[]> {
  const together = new Togetherness(db)
  const expected = new Set((await listExpected(db)).map((it) => `${it.siteId}/${it.name}`))
  const judged: DuplicateGroup[] = []
  for (let at = 0; at < found.length; at += GROUPS_AT_ONCE) {
    const some = found.slice(at, at + GROUPS_AT_ONCE)
    const members = await readMembers(db, some)
    for (const group of some) {
      const holders = members.get(keyOf(group)) ?? []
      if (holders.length < 2 || isGenericGroup(group, holders, isGeneric)) continue
      const isExpected = expected.has(`${group.siteId}/${group.name}`)
      judged.push(await judge(together, group, holders, isExpected))
    }
  }
  return judged
}

async function judge(
  together: Togetherness,
  { siteId, of, name }: FoundGroup,
  holders: readonly DuplicateHolder[],
  isExpected: boolean,
): Promise<DuplicateGroup> {
  let lastTogether: Date | undefined
  for (const overlap of findOverlaps(holders)) {
    lastTogether = await together.lastOf(siteId, overlap)
    if (lastTogether !== undefined) break
  }
  const wereTogether = lastTogether !== undefined
  const kind =
    of === 'mac' ? judgeMac(wereTogether, isExpected) : judgeName(holders, wereTogether, isExpected)
  return { siteId, of, name, kind, isExpected, lastTogether, holders }
}

function isGenericGroup(
  group: FoundGroup,
  holders: readonly DuplicateHolder[],
  isGeneric: IsGeneric | undefined,
): boolean {
  if (isGeneric === undefined || group.of === 'mac') return false
  return holders.some(({ ip }) => isGeneric(group.name, ip))
}

/** The addresses of some groups, with when each began to hold what makes the group. */
async function readMembers(
  db: Db,
  groups: readonly FoundGroup[],
): Promise<Map<string, DuplicateHolder[]>> {
  const members = new Map<string, DuplicateHolder[]>()
  for (const of of ['hostname', 'mac'] as const) {
    const some = groups.filter((group) => group.of === of)
    if (some.length === 0) continue
    const column = of === 'hostname' ? 'hostname_folded' : 'mac'
    const rows = await db.query<MemberRow>(
      `SELECT a.site_id, a.ip, a.${column} AS held, a.hostname, a.mac, a.first_seen, s.last_active,
         (SELECT c.changed_at FROM address_change c FORCE INDEX (change_of_address)
          WHERE c.site_id = a.site_id AND c.ip = a.ip AND c.field = ?
          ORDER BY c.id DESC LIMIT 1) AS held_since
       FROM address a LEFT JOIN address_state s ON s.site_id = a.site_id AND s.ip = a.ip
       WHERE (a.site_id, a.${column}) IN (${some.map(() => '(?, ?)').join(', ')})
       ORDER BY a.site_id, a.ip`,
      [of, ...some.flatMap(({ siteId, key }) => [siteId, key])],
    )
    for (const row of rows) {
      const key = keyOf({ siteId: row.site_id, of, key: row.held })
      members.set(key, [...(members.get(key) ?? []), toHolder(row)])
    }
  }
  return members
}

function keyOf({ siteId, of, key }: Pick<FoundGroup, 'siteId' | 'of' | 'key'>): string {
  return `${siteId}/${of}/${key}`
}

interface MemberRow {
  site_id: number
  ip: number
  held: string | number
  hostname: string | null
  mac: number | null
  first_seen: Date | null
  last_active: Date | null
  held_since: Date | null
}

function toHolder(row: MemberRow): DuplicateHolder {
  const beginnings = [row.first_seen, row.held_since].filter((at): at is Date => at !== null)
  return {
    ip: toIp(row.ip),
    hostname: row.hostname ?? undefined,
    mac: row.mac ?? undefined,
    firstSeen: row.first_seen ?? undefined,
    lastActive: row.last_active ?? undefined,
    since: new Date(Math.max(0, ...beginnings.map((at) => at.getTime()))),
  }
}
