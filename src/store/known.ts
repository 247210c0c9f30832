import { type BlockWords, IpSet } from '../core/address/ip-set.js'
import type { Range } from '../core/address/network.js'
import type { Db } from './pool.js'

/** Which addresses of a range have ever answered, and which of them since an instant; 1 row per block. */
export async function readKnown(
  db: Db,
  siteId: number,
  range: Range,
  since: Date,
): Promise<{ known: IpSet; recent: IpSet }> {
  const bit = (word: number, when: string) =>
    `BIT_OR(IF(((ip >> 6) & 3) = ${word} AND ${when}, CAST(1 AS UNSIGNED) << (ip & 63), CAST(0 AS UNSIGNED)))`
  const isRecent = 'last_active >= ?'
  const words = [0, 1, 2, 3]
  const rows = await db.query<Record<string, string | number>>(
    `SELECT ip >> 8 AS block,
       ${words.map((w) => `${bit(w, 'TRUE')} AS known_${w}`).join(', ')},
       ${words.map((w) => `${bit(w, isRecent)} AS recent_${w}`).join(', ')}
     FROM address_state WHERE site_id = ? AND ip BETWEEN ? AND ?
     GROUP BY ip >> 8`,
    [since, since, since, since, siteId, range.first, range.last],
  )
  const known = new IpSet(range)
  const recent = new IpSet(range)
  for (const row of rows) {
    known.addBlockWords(Number(row.block), wordsOf(row, 'known'))
    recent.addBlockWords(Number(row.block), wordsOf(row, 'recent'))
  }
  return { known, recent }
}

/** Which addresses of a range answered for the first time at an instant or after it. */
export async function readNewSince(
  db: Db,
  siteId: number,
  range: Range,
  since: Date,
): Promise<IpSet> {
  const rows = await db.query<{ ip: number }>(
    'SELECT ip FROM address WHERE site_id = ? AND ip BETWEEN ? AND ? AND first_seen >= ?',
    [siteId, range.first, range.last, since],
  )
  return IpSet.of(
    range,
    rows.map((row) => row.ip),
  )
}

function wordsOf(row: Record<string, string | number>, name: string): BlockWords {
  const word = (index: number) => BigInt(row[`${name}_${index}`] ?? 0)
  return [word(0), word(1), word(2), word(3)]
}
