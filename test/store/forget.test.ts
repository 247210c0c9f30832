import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Ip, toIp } from '../../src/core/address/ip.js'
import { IpSet } from '../../src/core/address/ip-set.js'
import { ALL_ADDRESSES, parseRange, type Range } from '../../src/core/address/network.js'
import { hasBit, transposeDay } from '../../src/core/uptime/presence.js'
import { parseDay } from '../../src/core/uptime/slot.js'
import { countKept, forgetRange } from '../../src/store/forget.js'
import { keepDay, raiseBits, readClosedDays, readOpenSlots } from '../../src/store/presence.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'

const NOW = new Date('2026-03-01T10:00:00Z')
const OPEN_DAY = parseDay('2026-03-01')
const CLOSED_DAY = parseDay('2026-02-28')
const SITE = 1

let database: TestDatabase
beforeEach(async () => {
  database = await makeDatabase()
})
afterEach(() => database.drop())

const range = (text: string): Range => {
  const parsed = parseRange(text)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}
const ips = (...texts: string[]) => texts.map((text) => range(text).first)

/** Each address has a row everywhere, and was asked and seen at slot 5 of an open and of a closed day. */
async function know(siteId: number, known: readonly Ip[]): Promise<void> {
  const { store } = database
  for (const ip of known) {
    const block = ip >>> 8
    const whole = { first: toIp(block * 256), last: toIp(block * 256 + 255) }
    const words = IpSet.of(whole, [ip]).blockWords(block)
    const slot = { siteId, block, slot: 5, seen: words, asked: words }
    await store.run(
      'INSERT INTO address (site_id, ip, ip_text, last_modified) VALUES (?, ?, ?, ?)',
      [siteId, ip, 'x', NOW],
    )
    await store.run('INSERT INTO address_state (site_id, ip, active, total) VALUES (?, ?, 1, 1)', [
      siteId,
      ip,
    ])
    await store.run(
      "INSERT INTO counter (site_id, ip, active, total, folded_through) VALUES (?, ?, '', '', '2026-02-28')",
      [siteId, ip],
    )
    await raiseBits(store, [
      { ...slot, day: OPEN_DAY },
      { ...slot, day: CLOSED_DAY },
    ])
  }
  for (const block of new Set(known.map((ip) => ip >>> 8))) {
    const slots = (await readOpenSlots(store, siteId, block)).filter((s) => s.day === CLOSED_DAY)
    await keepDay(store, siteId, block, CLOSED_DAY, transposeDay(slots))
  }
  await store.run("DELETE FROM presence_slot WHERE day = '2026-02-28'")
}

async function kept(siteId: number, ip: Ip): Promise<string> {
  const { store } = database
  const tables = ['address', 'address_state', 'counter']
  const rows = await Promise.all(
    tables.map((table) =>
      store.query(`SELECT ip FROM ${table} WHERE site_id = ? AND ip = ?`, [siteId, ip]),
    ),
  )
  const block = ip >>> 8
  const open = transposeDay(await readOpenSlots(store, siteId, block))
  const [closed] = await readClosedDays(store, siteId, block, CLOSED_DAY, CLOSED_DAY)
  const bits = [open.seen, open.asked, closed?.seen, closed?.asked]
  return [
    ...rows.map((found) => found.length),
    ...bits.map((day) => Number(day !== undefined && hasBit(day, ip % 256, 5))),
  ].join('')
}
const ALL = '1111111'
const NOTHING = '0000000'

test('a range is forgotten everywhere, and its neighbours in the same block keep everything', async () => {
  const gone = ips('10.0.0.64', '10.0.0.100', '10.0.0.127')
  const stay = ips('10.0.0.63', '10.0.0.128', '10.0.1.100')
  await know(SITE, [...gone, ...stay])
  await know(SITE + 1, gone)
  expect(await countKept(database.store, SITE, range('10.0.0.64/26'))).toBe(3)
  await forgetRange(database.store, SITE, range('10.0.0.64/26'))
  for (const ip of gone) expect(await kept(SITE, ip)).toBe(NOTHING)
  for (const ip of stay) expect(await kept(SITE, ip)).toBe(ALL)
  for (const ip of gone) expect(await kept(SITE + 1, ip)).toBe(ALL)
})

test('whole blocks and the partial ones at both ends go over several batches', async () => {
  const stay = ips('10.0.0.9', '10.0.20.100')
  const gone = ips(
    '10.0.0.10',
    '10.0.0.255',
    '10.0.3.0',
    '10.0.4.0',
    '10.0.7.7',
    '10.0.19.200',
    '10.0.20.99',
  )
  await know(SITE, [...gone, ...stay])
  const at = range('10.0.0.10-10.0.20.99')
  await forgetRange(database.store, SITE, at)
  for (const ip of gone) expect(await kept(SITE, ip)).toBe(NOTHING)
  for (const ip of stay) expect(await kept(SITE, ip)).toBe(ALL)
  await forgetRange(database.store, SITE, at)
  for (const ip of stay) expect(await kept(SITE, ip)).toBe(ALL)
})

test('rows of presence that hold nobody any more are removed', async () => {
  await know(SITE, ips('10.0.0.10', '10.0.1.10'))
  await forgetRange(database.store, SITE, range('10.0.0.0-10.0.0.99'))
  const blocks = async (table: string) =>
    (await database.store.query<{ block: number }>(`SELECT block FROM ${table}`)).map(
      (r) => r.block,
    )
  expect(await blocks('presence_slot')).toEqual([range('10.0.1.0').first >>> 8])
  expect(await blocks('presence_day')).toEqual([range('10.0.1.0').first >>> 8])
})

test('all addresses of a site are forgotten without walking through four thousand million', async () => {
  const gone = ips('1.0.0.0', '10.0.0.1', '223.255.255.255', '255.255.255.255')
  await know(SITE, gone)
  await forgetRange(database.store, SITE, ALL_ADDRESSES)
  for (const ip of gone) expect(await kept(SITE, ip)).toBe(NOTHING)
})

test('every reader of changes hears of it', async () => {
  await know(SITE, ips('10.0.0.1'))
  const read = async () =>
    (await database.store.query<{ last: number }>('SELECT last FROM change_sequence'))[0]!.last
  const before = await read()
  await forgetRange(database.store, SITE, range('10.0.0.0/24'))
  expect(await read()).toBeGreaterThan(before)
})
