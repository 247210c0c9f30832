import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { IpSet } from '../src/core/address/ip-set.js'
import type { Range } from '../src/core/address/network.js'
import { type Day, formatDay } from '../src/core/uptime/slot.js'
import { countPart } from '../src/store/counting.js'
import { migrate } from '../src/store/migrate.js'
import { openStore, type Store } from '../src/store/pool.js'
import { startPrivateServer } from '../src/store/private-server.js'
import { ensureMainSite } from '../src/store/sites.js'
import { claimSweep } from '../src/store/sweeps.js'

export const BASE = 0x0a000000
const PART = 65_536
const STATEMENT_TIMEOUT_MS = 600_000

/** A private server as it is shipped, in a folder of its own that goes when the work is done. */
export async function withDatabase<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ipspace-bench-'))
  const server = await startPrivateServer(folder)
  const { socketPath, database } = server
  const store = openStore({ socketPath, database }, { statementTimeoutMs: STATEMENT_TIMEOUT_MS })
  try {
    await migrate(store, 'bench')
    await ensureMainSite(store, 'Europe/Berlin', new Date())
    await store.run(
      `INSERT INTO network (id, site_id, first, last, packets_per_second, created_at)
       VALUES (1, 1, ?, ?, 10000, UTC_TIMESTAMP())`,
      [BASE, BASE],
    )
    return await work(store)
  } finally {
    await store.close()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The ranges of `count` addresses from 10.0.0.0 on, a part each. */
export function partsOf(count: number): Range[] {
  const parts: Range[] = []
  for (let at = 0; at < count; at += PART) {
    parts.push({ first: BASE + at, last: BASE + Math.min(count, at + PART) - 1 } as Range)
  }
  return parts
}

/** Counts one part by the product's transaction; `isSeen` says who answers. Answers seconds. */
export async function countOne(
  store: Store,
  part: number,
  range: Range,
  slotAt: Date,
  isSeen: (ip: number) => boolean,
): Promise<number> {
  const claimed = await claimSweep(store, {
    ...{ siteId: 1, networkId: 1, part, range, slotAt, engine: 'bench', token: 'bench' },
    deadline: new Date(Date.now() + 3_600_000),
  })
  if (claimed === undefined) throw new Error('the bench claimed a slot twice')
  const asked = IpSet.ofRanges(range, [range])
  const seen = IpSet.of(range, [...asked].filter(isSeen))
  const answers = [...seen].map((ip) => ({ ip, rttUs: 200 + (ip % 977), ttl: 63, mac: undefined }))
  const started = performance.now()
  const counted = await countPart(store, claimed, { asked, seen, answers, packets: asked.size })
  if (counted.state !== 'counted') throw new Error(counted.reason)
  return (performance.now() - started) / 1_000
}

/** Makes `count` addresses known, by one sweep in which all answer. */
export async function fill(store: Store, count: number, slotAt: Date): Promise<void> {
  for (const [part, range] of partsOf(count).entries()) {
    await countOne(store, part, range, slotAt, () => true)
  }
}

/**
 * A whole day of presence for `count` known addresses, and the sums that go with it: a quarter always
 * there, a quarter in office hours, a quarter now and then, a quarter silent.
 */
export async function fillDay(store: Store, count: number, day: Day): Promise<void> {
  await store.run(
    `INSERT INTO presence_slot (site_id, block, day, slot,
       seen_0, seen_1, seen_2, seen_3, asked_0, asked_1, asked_2, asked_3)
     SELECT 1, ? + b.seq, ?, s.seq,
       ~CAST(0 AS UNSIGNED),
       IF(s.seq BETWEEN 96 AND 204, ~CAST(0 AS UNSIGNED), 0),
       IF(s.seq % 24 < 3, CAST(0x5555555555555555 AS UNSIGNED), 0),
       0,
       ~CAST(0 AS UNSIGNED), ~CAST(0 AS UNSIGNED), ~CAST(0 AS UNSIGNED), ~CAST(0 AS UNSIGNED)
     FROM seq_0_to_4095 b JOIN seq_0_to_287 s WHERE b.seq < ?`,
    [BASE >>> 8, formatDay(day), count / 256],
  )
  await store.run(
    `UPDATE address_state SET total = total + 288, active = active + CASE (ip >> 6) & 3
       WHEN 0 THEN 288 WHEN 1 THEN 109 WHEN 2 THEN IF(ip & 1, 0, 36) ELSE 0 END
     WHERE site_id = 1`,
  )
}

/** Bytes that InnoDB has written to its redo log since it started. */
export async function readRedoBytes(store: Store): Promise<number> {
  const [row] = await store.query<{ Value: string }>(
    "SHOW GLOBAL STATUS LIKE 'Innodb_os_log_written'",
  )
  return Number(row!.Value)
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}
