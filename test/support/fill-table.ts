import { BLOCK_SIZE } from '../../src/core/address/ip-set.js'
import { type Day, formatDay } from '../../src/core/uptime/slot.js'
import type { Db } from '../../src/store/pool.js'

export interface Filling {
  readonly siteId: number
  readonly first: number
  readonly count: number
  readonly firstSeen: Date
  /** Of each hundred addresses so many have a hostname; a tenth as many have an OS and notes. */
  readonly named?: number
}

/**
 * Makes addresses known, a row each, faster than sweeps could: mixed names, sums, times and MACs that
 * follow from the address alone, so that two fillings are the same. MariaDB's sequence engine makes the rows.
 */
export async function fillTable(db: Db, filling: Filling): Promise<void> {
  const { siteId, first, count, firstSeen, named = 0 } = filling
  const last = Math.trunc(count) - 1
  await db.run(
    `INSERT INTO address (site_id, ip, ip_text, hostname, os, mac, first_seen, owner, notes, last_modified)
     SELECT ?, ? + seq, INET_NTOA(? + seq),
       IF(CRC32(CONCAT('n', seq)) % 100 < ?,
         CONCAT('host-', CONV(CRC32(seq), 10, 36), '.dept', seq % 37, '.example.org'), NULL),
       IF(CRC32(CONCAT('o', seq)) % 1000 < ?, ELT(1 + seq % 3, 'Linux 6.1', 'Windows 11', 'HP JetDirect'), NULL),
       IF(seq % 3 = 0, CRC32(seq) * 65536 + seq % 65536, NULL),
       ? + INTERVAL (CRC32(CONCAT('f', seq)) % 288) * 5 MINUTE,
       IF(seq % 50 = 0, CONCAT('team ', seq % 7), ''),
       IF(CRC32(CONCAT('t', seq)) % 1000 < ?, CONCAT('rack ', seq % 90), ''),
       ?
     FROM seq_0_to_${last}`,
    [siteId, first, first, named, named, firstSeen, named, firstSeen],
  )
  await db.run(
    `INSERT INTO address_state (site_id, ip, active, total, last_active, rtt_us, reply_ttl)
     SELECT ?, ? + seq, CRC32(CONCAT('a', seq)) % (1 + CRC32(CONCAT('s', seq)) % 20000),
       CRC32(CONCAT('s', seq)) % 20000,
       IF(seq % 97 = 0, NULL, ? + INTERVAL (CRC32(CONCAT('l', seq)) % 100000) * 5 MINUTE),
       IF(seq % 97 = 0, NULL, CRC32(CONCAT('r', seq)) % 300000),
       IF(seq % 97 = 0, NULL, ELT(1 + seq % 3, 63, 127, 254))
     FROM seq_0_to_${last}`,
    [siteId, first, firstSeen],
  )
}

/** One open day's bits for every block of a range: all asked, a pattern of them seen. */
export async function fillOpenDay(db: Db, filling: Filling, day: Day, slots = 288): Promise<void> {
  const blocks = Math.ceil(filling.count / BLOCK_SIZE)
  await db.run(
    `INSERT INTO presence_slot (site_id, block, day, slot,
       seen_0, seen_1, seen_2, seen_3, asked_0, asked_1, asked_2, asked_3)
     SELECT ?, ? + b.seq, ?, s.seq,
       ~CAST(0 AS UNSIGNED), IF(s.seq BETWEEN 96 AND 204, ~CAST(0 AS UNSIGNED), 0),
       CAST(CONV(MD5(CONCAT(b.seq, '/', s.seq)), 16, 10) AS UNSIGNED), 0,
       ~CAST(0 AS UNSIGNED), ~CAST(0 AS UNSIGNED), ~CAST(0 AS UNSIGNED), ~CAST(0 AS UNSIGNED)
     FROM seq_0_to_${blocks - 1} b JOIN seq_0_to_${slots - 1} s`,
    [filling.siteId, Math.floor(filling.first / BLOCK_SIZE), formatDay(day)],
  )
}

/** Folded counters of every address of a range, all alike. */
export async function fillCounters(db: Db, filling: Filling, foldedThrough: Day): Promise<void> {
  await db.run(
    `INSERT INTO counter (site_id, ip, active, total, folded_through)
     SELECT ?, ? + seq, REPEAT(x'00000003', 288), REPEAT(x'00000007', 288), ?
     FROM seq_0_to_${Math.trunc(filling.count) - 1}`,
    [filling.siteId, filling.first, formatDay(foldedThrough)],
  )
}
