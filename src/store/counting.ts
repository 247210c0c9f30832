import { formatIp } from '../core/address/ip.js'
import { BLOCK_SIZE, type BlockWords, IpSet } from '../core/address/ip-set.js'
import type { Range } from '../core/address/network.js'
import { dayOf, slotOf } from '../core/uptime/slot.js'
import { nextChange } from './addresses.js'
import type { Db, Store, Value } from './pool.js'
import { type OpenSlot, raiseBits, readSlot } from './presence.js'
import type { ClaimedSweep, SweepFigures } from './sweeps.js'

/** What nmap kept of one address that answered. */
export interface Answer {
  readonly ip: number
  readonly rttUs: number | undefined
  readonly ttl: number | undefined
  readonly mac: number | undefined
}

/** One part's outcome: `seen` lies within `asked`. */
export interface Outcome {
  readonly asked: IpSet
  readonly seen: IpSet
  readonly answers: readonly Answer[]
  readonly packets: number
}

export type Counted =
  | { readonly state: 'counted'; readonly new: number }
  | { readonly state: 'fenced'; readonly reason: string }

const ROWS_PER_INSERT = 2_000
/** A round-trip time is kept in three bytes of microseconds: 16.7 s at most. */
const RTT_LIMIT_US = 0xffffff

/**
 * Counts one part whole or not at all: in one transaction, new addresses, presence bits, sums and the
 * sweep's own row. `fenced` where the sweep is no longer ours or its deadline has passed: nothing is
 * written then. A bit that the slot has already (a network removed and added again) is not counted twice.
 */
export async function countPart(
  store: Store,
  sweep: ClaimedSweep,
  outcome: Outcome,
): Promise<Counted> {
  return store.transaction(async (tx) => {
    const refusal = await lockOurs(tx, sweep)
    if (refusal !== undefined) return { state: 'fenced', reason: refusal }
    const known = (await readKnown(tx, sweep.siteId, sweep.range, new Date(0))).known
    const fresh = await raiseFreshBits(tx, sweep, outcome)
    const newcomers = fresh.seen.without(known)
    await enterNewcomers(tx, sweep, newcomers, outcome.answers)
    await keepMacs(tx, sweep, known, outcome.answers)
    await raiseSums(tx, sweep, fresh, outcome.answers)
    await closeSweep(tx, sweep, outcome, newcomers.size)
    return { state: 'counted', new: newcomers.size }
  })
}

/** Which addresses of a range have ever answered, and which of them since an instant; 1 row per block. */
export async function readKnown(
  db: Db,
  siteId: number,
  range: Range,
  since: Date,
): Promise<{ known: IpSet; recent: IpSet }> {
  const bit = (word: number, when: string) =>
    `BIT_OR(IF(((ip >> 6) & 3) = ${word} AND ${when}, CAST(1 AS UNSIGNED) << (ip & 63), 0))`
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

async function lockOurs(tx: Db, sweep: ClaimedSweep): Promise<string | undefined> {
  const [row] = await tx.query<{ state: string; token: string; late: number }>(
    'SELECT state, token, deadline <= UTC_TIMESTAMP(3) AS late FROM sweep WHERE id = ? FOR UPDATE',
    [sweep.id],
  )
  if (row === undefined || row.token !== sweep.token) return 'another scanner has this sweep'
  if (row.state !== 'running') return `this sweep is ${row.state} already`
  return row.late === 1 ? 'its deadline has passed' : undefined
}

/** Sets the part's bits and answers which of them were not set before. */
async function raiseFreshBits(
  tx: Db,
  sweep: ClaimedSweep,
  outcome: Outcome,
): Promise<{ asked: IpSet; seen: IpSet }> {
  const { asked, seen } = outcome
  const blocks = blocksOf(asked)
  const day = dayOf(sweep.slotAt)
  const slot = slotOf(sweep.slotAt)
  const before = { asked: new IpSet(sweep.range), seen: new IpSet(sweep.range) }
  for (const row of await readSlot(tx, sweep.siteId, blocks, day, slot)) {
    before.asked.addBlockWords(row.block, row.asked)
    before.seen.addBlockWords(row.block, row.seen)
  }
  const slots = blocks.map(
    (block): OpenSlot => ({
      siteId: sweep.siteId,
      block,
      day,
      slot,
      seen: seen.blockWords(block),
      asked: asked.blockWords(block),
    }),
  )
  await raiseBits(tx, slots)
  return { asked: asked.without(before.asked), seen: seen.without(before.seen) }
}

async function enterNewcomers(
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
  }
}

/** Only neighbours on the link show their MAC, and it seldom changes: few rows are ever written. */
async function keepMacs(
  tx: Db,
  sweep: ClaimedSweep,
  known: IpSet,
  answers: readonly Answer[],
): Promise<void> {
  const told = answers.filter((answer) => answer.mac !== undefined && known.has(answer.ip))
  for (let at = 0; at < told.length; at += ROWS_PER_INSERT) {
    const some = told.slice(at, at + ROWS_PER_INSERT)
    const rows = await tx.query<{ ip: number; mac: number | null }>(
      `SELECT ip, mac FROM address WHERE site_id = ? AND ip IN (${some.map(() => '?').join(', ')})`,
      [sweep.siteId, ...some.map((answer) => answer.ip)],
    )
    const kept = new Map(rows.map((row) => [row.ip, row.mac]))
    for (const { ip, mac } of some) {
      if (kept.get(ip) === mac) continue
      await tx.run(
        `UPDATE address SET mac = ?, last_modified = UTC_TIMESTAMP(), changed_seq = ?
         WHERE site_id = ? AND ip = ?`,
        [mac ?? null, await nextChange(tx), sweep.siteId, ip],
      )
    }
  }
}

/**
 * Raises the sums of every known address that was asked. The outcome goes over as one row per block,
 * a byte (or three) per address, and the server does the rest in one pass over narrow rows.
 */
async function raiseSums(
  tx: Db,
  sweep: ClaimedSweep,
  fresh: { asked: IpSet; seen: IpSet },
  answers: readonly Answer[],
): Promise<void> {
  await tx.run(`CREATE TEMPORARY TABLE IF NOT EXISTS sweep_outcome (
    block INT UNSIGNED NOT NULL PRIMARY KEY,
    outcome VARBINARY(256) NOT NULL,
    ttl VARBINARY(256) NOT NULL,
    rtt VARBINARY(768) NOT NULL
  )`)
  await tx.run('DELETE FROM sweep_outcome')
  const rows = outcomeRows(fresh, answers)
  for (let at = 0; at < rows.length; at += BLOCK_SIZE) {
    const some = rows.slice(at, at + BLOCK_SIZE)
    await tx.run(
      `INSERT INTO sweep_outcome (block, outcome, ttl, rtt)
       VALUES ${some.map(() => '(?, ?, ?, ?)').join(', ')}`,
      some.flatMap((row): Value[] => [row.block, row.outcome, row.ttl, row.rtt]),
    )
  }
  await tx.run(
    `UPDATE address_state s STRAIGHT_JOIN sweep_outcome o ON o.block = s.ip >> 8
     SET s.active = s.active + (ORD(SUBSTR(o.outcome, 1 + (s.ip & 255), 1)) >> 1 & 1),
         s.total = s.total + (ORD(SUBSTR(o.outcome, 1 + (s.ip & 255), 1)) & 1),
         s.last_active = IF(ORD(SUBSTR(o.outcome, 1 + (s.ip & 255), 1)) & 2, ?, s.last_active),
         s.last_silent = IF(ORD(SUBSTR(o.outcome, 1 + (s.ip & 255), 1)) & 2, s.last_silent, ?),
         s.reply_ttl = IF(ORD(SUBSTR(o.ttl, 1 + (s.ip & 255), 1)) > 0,
           ORD(SUBSTR(o.ttl, 1 + (s.ip & 255), 1)), s.reply_ttl),
         s.rtt_us = COALESCE(
           NULLIF(CONV(HEX(SUBSTR(o.rtt, 1 + 3 * (s.ip & 255), 3)), 16, 10), 0), s.rtt_us)
     WHERE s.site_id = ? AND s.ip BETWEEN ? AND ?
       AND ORD(SUBSTR(o.outcome, 1 + (s.ip & 255), 1)) > 0`,
    [sweep.slotAt, sweep.slotAt, sweep.siteId, sweep.range.first, sweep.range.last],
  )
}

interface OutcomeRow {
  readonly block: number
  /** Per address: bit 0 asked, bit 1 seen. */
  readonly outcome: Buffer
  readonly ttl: Buffer
  /** Per address: three bytes of microseconds, big-endian; 0 is unknown. */
  readonly rtt: Buffer
}

function outcomeRows(
  fresh: { asked: IpSet; seen: IpSet },
  answers: readonly Answer[],
): OutcomeRow[] {
  const rows = new Map<number, OutcomeRow>()
  const rowOf = (ip: number): OutcomeRow => {
    const block = ip >>> 8
    const known = rows.get(block)
    if (known) return known
    const made = {
      block,
      outcome: Buffer.alloc(BLOCK_SIZE),
      ttl: Buffer.alloc(BLOCK_SIZE),
      rtt: Buffer.alloc(3 * BLOCK_SIZE),
    }
    rows.set(block, made)
    return made
  }
  for (const ip of fresh.asked) rowOf(ip).outcome[ip & 255]! |= 1
  for (const ip of fresh.seen) rowOf(ip).outcome[ip & 255]! |= 2
  for (const { ip, ttl, rttUs } of answers) {
    if (!fresh.seen.has(ip)) continue
    const row = rowOf(ip)
    row.ttl[ip & 255] = ttl ?? 0
    row.rtt.writeUIntBE(Math.min(Math.round(rttUs ?? 0), RTT_LIMIT_US), 3 * (ip & 255), 3)
  }
  return [...rows.values()]
}

async function closeSweep(
  tx: Db,
  sweep: ClaimedSweep,
  outcome: Outcome,
  newcomers: number,
): Promise<void> {
  const figures: SweepFigures = {
    asked: outcome.asked.size,
    alive: outcome.seen.size,
    packets: outcome.packets,
  }
  await tx.run(
    `UPDATE sweep SET state = 'counted', finished = UTC_TIMESTAMP(3), asked = ?, alive = ?, \`new\` = ?,
       packets = ? WHERE id = ?`,
    [figures.asked, figures.alive, newcomers, figures.packets, sweep.id],
  )
}

function blocksOf(set: IpSet): number[] {
  const blocks: number[] = []
  for (let block = set.firstBlock; block <= set.lastBlock; block++) {
    if (set.blockWords(block).some((word) => word !== 0n)) blocks.push(block)
  }
  return blocks
}

function wordsOf(row: Record<string, string | number>, name: string): BlockWords {
  const word = (index: number) => BigInt(row[`${name}_${index}`] ?? 0)
  return [word(0), word(1), word(2), word(3)]
}
