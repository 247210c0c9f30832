import { afterEach, beforeEach, expect, test } from 'vitest'
import { Keeper } from '../../src/catalog/keeper.js'
import { loadSnapshot } from '../../src/catalog/load.js'
import type { CatalogRow } from '../../src/catalog/query.js'
import { answerQuery } from '../../src/catalog/question.js'
import { Remembered } from '../../src/catalog/remembered.js'
import type { Snapshot } from '../../src/catalog/snapshot.js'
import { readStrips } from '../../src/catalog/strips.js'
import { finish, Turns } from '../../src/catalog/turns.js'
import { formatIp, parseIp, toIp } from '../../src/core/address/ip.js'
import type { Range } from '../../src/core/address/network.js'
import { type Day, instantOf, parseDay } from '../../src/core/uptime/slot.js'
import { nextChange } from '../../src/store/addresses.js'
import { readCounters } from '../../src/store/counters.js'
import { foldBlock } from '../../src/store/folding.js'
import { forgetRange } from '../../src/store/forget.js'
import { removeNetwork } from '../../src/store/network-removal.js'
import type { Network } from '../../src/store/networks.js'
import type { Db, Store } from '../../src/store/pool.js'
import { claim, count } from '../support/counted.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { fillTable } from '../support/fill-table.js'
import { plantNetwork } from '../support/scanning.js'

const DAY = parseDay('2026-03-28')
const NOW = instantOf(DAY, 200)

let database: TestDatabase
let store: Store
let network: Network
beforeEach(async () => {
  database = await makeDatabase()
  store = database.store
  network = (await plantNetwork(store, '10.0.0.0/23')).network
})
afterEach(() => database.drop())

test('addresses that a sweep finds, and its sums, are there after the next refresh', async () => {
  const keeper = await startKeeper()
  expect(rowsOf(keeper)).toEqual([])
  await countSlot(10, ['10.0.0.1', '10.0.1.7'])
  await countSlot(11, ['10.0.0.1'])
  await keeper.refresh(NOW)
  expect(rowsOf(keeper)).toMatchObject([
    {
      ip: ip('10.0.0.1'),
      active: 2,
      total: 2,
      lastActive: instantOf(DAY, 11),
      networkId: network.id,
    },
    { ip: ip('10.0.1.7'), active: 1, total: 2, lastActive: instantOf(DAY, 10), rttUs: 250 },
  ])
  await expectAsRead(keeper)
})

test('a sweep that is counted after one that was claimed later is not missed', async () => {
  await countSlot(10, ['10.0.0.1'])
  const keeper = await startKeeper()
  const made = {
    siteId: 1,
    networkId: network.id,
    range: network,
    asked: ips(),
    seen: [ip('10.0.0.1')],
  }
  const early = await claim(store, { ...made, slotAt: instantOf(DAY, 11) })
  await countSlot(12, ['10.0.0.1'])
  await keeper.refresh(NOW)
  expect(rowsOf(keeper)[0]?.total).toBe(2)
  await count(store, { ...made, slotAt: instantOf(DAY, 11) }, early)
  await keeper.refresh(NOW)
  expect(rowsOf(keeper)[0]?.total).toBe(3)
  await expectAsRead(keeper)
})

test('a clock that went back hides no sweep', async () => {
  await countSlot(10, ['10.0.0.1'])
  const keeper = await startKeeper()
  await countSlot(11, ['10.0.0.1'])
  await store.run('UPDATE sweep SET finished = finished - INTERVAL 2 HOUR WHERE slot_at = ?', [
    instantOf(DAY, 11),
  ])
  await keeper.refresh(NOW)
  expect(rowsOf(keeper)[0]?.total).toBe(2)
})

test('what an administrator writes is there, also for an address that never answered', async () => {
  await countSlot(10, ['10.0.0.1', '10.0.0.2'])
  const keeper = await startKeeper()
  await change('UPDATE address SET hostname = ?, owner = ?, changed_seq = ? WHERE ip = ?', [
    ...['printer-1', 'Jo'],
    ip('10.0.0.2'),
  ])
  await change(
    "INSERT INTO address (site_id, ip, ip_text, notes, status, last_modified, changed_seq) VALUES (1, 167772163, '10.0.0.3', ?, 'reserved', NOW(), ?)",
    ['for the lift'],
  )
  await keeper.refresh(NOW)
  expect(rowsOf(keeper)).toMatchObject([
    { ip: ip('10.0.0.1'), hostname: undefined },
    { ip: ip('10.0.0.2'), hostname: 'printer-1', owner: 'Jo', active: 1 },
    { ip: ip('10.0.0.3'), notes: 'for the lift', status: 'reserved', total: 0 },
  ])
  await expectAsRead(keeper)
})

test('a change that is not committed yet is taken in once it is', async () => {
  await countSlot(10, ['10.0.0.1'])
  const keeper = await startKeeper()
  await store.transaction(async (tx) => {
    const number = await nextChange(tx)
    await tx.run("UPDATE address SET hostname = 'late', changed_seq = ?", [number])
    await keeper.refresh(NOW)
    expect(rowsOf(keeper)[0]?.hostname).toBeUndefined()
  })
  await keeper.refresh(NOW)
  expect(rowsOf(keeper)[0]?.hostname).toBe('late')
})

test('a forgotten network takes its addresses along, a removed one leaves them outside', async () => {
  const other = (await plantNetwork(store, '10.9.0.0/24')).network
  await countSlot(10, ['10.0.0.1', '10.0.1.1'])
  await countSlot(10, ['10.9.0.4'], other)
  const keeper = await startKeeper()
  await removeNetwork(store, other, { forget: false })
  await keeper.refresh(NOW)
  expect(rowsOf(keeper).map((row) => row.networkId)).toEqual([network.id, network.id, undefined])
  await removeNetwork(store, network, { forget: true })
  await keeper.refresh(NOW)
  await keeper.refresh(NOW)
  expect(rowsOf(keeper).map((row) => row.ip)).toEqual([ip('10.9.0.4')])
  await expectAsRead(keeper)
})

test('addresses that were forgotten without a word are gone after a second look', async () => {
  await countSlot(10, ['10.0.0.1', '10.0.1.1'])
  const keeper = await startKeeper()
  await forgetRange(store, 1, { first: toIp(ip('10.0.1.0')), last: toIp(ip('10.0.1.255')) })
  await keeper.refresh(NOW)
  await keeper.refresh(NOW)
  expect(rowsOf(keeper).map((row) => row.ip)).toEqual([ip('10.0.0.1')])
})

test('the sums of a part of many statements are all taken in', async () => {
  const wide = (await plantNetwork(store, '10.64.0.0/19')).network
  const all = ips(wide).map(formatIp)
  await countSlot(10, all, wide)
  const keeper = await startKeeper()
  await countSlot(11, all, wide)
  await keeper.refresh(NOW)
  expect(rowsOf(keeper).every((row) => row.active === 2)).toBe(true)
  await expectAsRead(keeper)
})

test('an older state of the database that was restored is read anew', async () => {
  await countSlot(10, ['10.0.0.1'])
  const keeper = await startKeeper()
  await store.run('DELETE FROM address')
  await store.run('UPDATE change_sequence SET last = 0')
  await keeper.refresh(NOW)
  expect(rowsOf(keeper)).toEqual([])
})

test('when the last sweep was finished goes with its sums', async () => {
  const keeper = await startKeeper()
  expect(keeper.current?.snapshot.asOf).toBeUndefined()
  await countSlot(10, ['10.0.0.1'])
  await keeper.refresh(NOW)
  const [row] = await store.query<{ finished: Date }>('SELECT finished FROM sweep')
  expect(keeper.current?.snapshot.asOf).toEqual(row?.finished)
  await expectAsRead(keeper)
})

test('tables of many statements are read whole', async () => {
  const filling = { siteId: 1, first: ip('10.32.0.0'), count: 9_001, firstSeen: NOW, named: 50 }
  await fillTable(store, filling)
  await store.run(
    "INSERT INTO site (id, name, time_zone, created_at) VALUES (2, 'b', 'UTC', NOW())",
  )
  await fillTable(store, { ...filling, siteId: 2, count: 4_096 })
  const keeper = await startKeeper()
  const rows = rowsOf(keeper)
  expect(rows.length).toBe(13_097)
  const [sums] = await store.query<Record<string, number>>(
    `SELECT CAST(SUM(a.ip) AS DOUBLE) AS ips, CAST(SUM(s.total) AS DOUBLE) AS totals,
       COUNT(s.last_active) AS actives, CAST(SUM(a.mac % 1000003) AS DOUBLE) AS macs, COUNT(hostname) AS names
     FROM address a JOIN address_state s USING (site_id, ip)`,
  )
  const sum = (value: (row: CatalogRow) => number) => rows.reduce((all, row) => all + value(row), 0)
  expect(sums).toEqual({
    ips: sum((row) => row.ip),
    totals: sum((row) => row.total),
    actives: sum((row) => Number(row.lastActive !== undefined)),
    macs: sum((row) => (row.mac ?? 0) % 1_000_003),
    names: sum((row) => Number(row.hostname !== undefined)),
  })
})

test.each([
  ['Europe/Berlin', '2026-03-28'],
  ['America/New_York', '2026-10-31'],
  ['Australia/Lord_Howe', '2026-04-03'],
  ['Asia/Kathmandu', '2026-03-28'],
])(
  'strips are the counters of the database over folded and open days (%s, from %s on)',
  async (timeZone, from) => {
    const first = parseDay(from)
    await store.run('UPDATE site SET time_zone = ?', [timeZone])
    const keeper = await startKeeper()
    await sweepDay(first, ['10.0.0.1', '10.0.1.200'])
    await keeper.refresh(NOW)
    await foldBlock(store, 1, ip('10.0.0.0') >>> 8, first, timeZone)
    await sweepDay((first + 1) as Day, ['10.0.0.1', '10.0.0.63', '10.0.0.64', '10.0.0.255'])
    await sweepDay((first + 2) as Day, ['10.0.0.64', '10.0.1.200', '10.0.1.201'])
    await keeper.refresh(NOW)
    await expectStripsOfDatabase(keeper, timeZone)
    const fresh = await startKeeper()
    await expectStripsOfDatabase(fresh, timeZone)
    await foldBlock(store, 1, ip('10.0.0.0') >>> 8, (first + 1) as Day, timeZone)
    await expectStripsOfDatabase(keeper, timeZone)
  },
)

test('a day that is folded and dropped while strips are read is not lost', async () => {
  const timeZone = 'Europe/Berlin'
  await sweepDay(DAY, ['10.0.0.1'])
  const { snapshot, open } = (await startKeeper()).current!
  const key = { siteId: 1, ip: ip('10.0.0.1') }
  const folding: Db = {
    ...{ run: () => Promise.reject(new Error('strips change nothing')) },
    query: async (sql, values) => {
      const rows = await store.query<never>(sql, values)
      await foldBlock(store, 1, key.ip >>> 8, DAY, timeZone)
      open.drop(DAY)
      return rows
    },
  }
  const strips = await readStrips(folding, snapshot, open, [key])
  const expected = await readCounters(store, key, instantOf(DAY), timeZone)
  expect(strips.get(`1/${key.ip}`)?.total).toEqual(expected.total)
})

test('days that were folded in every block are dropped from memory', async () => {
  await sweepDay(DAY, ['10.0.0.1', '10.0.1.200'])
  await sweepDay((DAY + 1) as Day, ['10.0.0.1'])
  const keeper = await startKeeper()
  const later = (minutes: number) =>
    new Date(instantOf((DAY + 1) as Day).getTime() + minutes * 60_000)
  await foldBlock(store, 1, ip('10.0.0.0') >>> 8, DAY, 'Europe/Berlin')
  await keeper.refresh(later(70))
  expect(keeper.current?.open.days).toEqual([DAY, DAY + 1])
  await foldBlock(store, 1, ip('10.0.1.0') >>> 8, DAY, 'Europe/Berlin')
  await keeper.refresh(later(80))
  expect(keeper.current?.open.days).toEqual([DAY + 1])
  await expectStripsOfDatabase(keeper, 'Europe/Berlin')
})

async function startKeeper(): Promise<Keeper> {
  const keeper = new Keeper(store, new Turns())
  await keeper.refresh(NOW)
  return keeper
}

function rowsOf(keeper: Keeper): readonly CatalogRow[] {
  return allRows(keeper.current!.snapshot)
}

function allRows(snapshot: Snapshot): readonly CatalogRow[] {
  const query = { offset: 0, limit: 1e9, now: NOW }
  const answer = finish(answerQuery(snapshot, query, new Remembered(0)))
  if (!answer.ok) throw new Error(answer.error)
  return answer.value.rows
}

/** What was taken in bit by bit is what one reading of everything gives. */
async function expectAsRead(keeper: Keeper): Promise<void> {
  const read = await loadSnapshot(store)
  expect(rowsOf(keeper)).toEqual(allRows(read))
  expect(keeper.current?.snapshot.asOf).toEqual(read.asOf)
}

async function expectStripsOfDatabase(keeper: Keeper, timeZone: string): Promise<void> {
  const { snapshot, open } = keeper.current!
  const rows = [...rowsOf(keeper), { siteId: 1, ip: ip('10.0.0.9'), firstSeen: undefined }]
  const strips = await readStrips(store, snapshot, open, rows)
  expect(rows.length).toBeGreaterThan(2)
  for (const row of rows) {
    const expected = await readCounters(store, row, row.firstSeen, timeZone)
    const { active, total } = strips.get(`${row.siteId}/${row.ip}`)!
    expect({ active, total }, String(row.ip)).toEqual({
      active: expected.active,
      total: expected.total,
    })
  }
}

/** Some sweeps of a day, the last of them without the first address. */
async function sweepDay(day: Day, seen: readonly string[]): Promise<void> {
  for (const slot of [0, 11, 12, 13, 150, 286, 287]) {
    const there = slot === 287 ? seen.slice(1) : seen.slice(slot === 0 ? seen.length - 1 : 0)
    await countSlot(slot, there, network, day)
  }
}

async function countSlot(
  slot: number,
  seen: readonly string[],
  swept: Network = network,
  day: Day = DAY,
): Promise<void> {
  const counted = await count(store, {
    ...{ siteId: 1, networkId: swept.id, range: swept, slotAt: instantOf(day, slot) },
    asked: ips(swept),
    seen: seen.map(ip),
  })
  expect(counted.state).toBe('counted')
}

async function change(sql: string, values: readonly (string | number)[]): Promise<void> {
  await store.transaction(async (tx) => {
    const number = await nextChange(tx)
    const last = values.at(-1)!
    const isKeyed = sql.endsWith('ip = ?')
    await tx.run(sql, isKeyed ? [...values.slice(0, -1), number, last] : [...values, number])
  })
}

function ips(range: Range = network): number[] {
  return Array.from({ length: range.last - range.first + 1 }, (_, index) => range.first + index)
}

function ip(text: string): number {
  const parsed = parseIp(text)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}
