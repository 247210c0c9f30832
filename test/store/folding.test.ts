import { afterAll, beforeAll, expect, test } from 'vitest'
import { refresh } from '../../cron/refresh.js'
import type { Range } from '../../src/core/address/network.js'
import { dayOf, parseDay } from '../../src/core/uptime/slot.js'
import { openLog } from '../../src/log.js'
import { readAddress } from '../../src/store/addresses.js'
import { readCounters } from '../../src/store/counters.js'
import { auditCounters, auditSums } from '../../src/store/folding.js'
import { readClosedDays, readOpenSlots } from '../../src/store/presence.js'
import { ensureMainSite } from '../../src/store/sites.js'
import { count } from '../support/counted.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'

const BASE = 0x0a000000
const BLOCK = BASE >>> 8
const RANGE = { first: BASE, last: BASE + 255 } as Range
const ZONE = 'Australia/Lord_Howe'
const START = Date.parse('2026-04-03T22:00:00Z')
const SWEEPS = 700

let database: TestDatabase
beforeAll(async () => {
  database = await makeDatabase()
  await ensureMainSite(database.store, ZONE, new Date())
})
afterAll(() => database.drop())

/** Whether an address answers in the n-th sweep, by arithmetic of its own. */
const answers = (offset: number, n: number) => offset <= n && (offset * 7 + n * 13) % 5 < 3
const OFFSETS = [0, 1, 5, 63, 64, 200, 255]

/** One sweep after the other, as a ledger on paper would count them. */
function keepLedger() {
  const wall = new Intl.DateTimeFormat('en-GB', { timeZone: ZONE, timeStyle: 'short' })
  const ledger = new Map(
    OFFSETS.map((offset) => [
      offset,
      {
        active: Array(288).fill(0) as number[],
        total: Array(288).fill(0) as number[],
        known: false,
      },
    ]),
  )
  for (let n = 0; n < SWEEPS; n++) {
    const [hour = 0, minute = 0] = wall
      .format(new Date(START + n * 300_000))
      .split(':')
      .map(Number)
    const slot = hour * 12 + Math.floor(minute / 5)
    for (const [offset, page] of ledger) {
      page.known ||= answers(offset, n)
      if (!page.known) continue
      page.total[slot]!++
      if (answers(offset, n)) page.active[slot]!++
    }
  }
  return ledger
}

const ledger = keepLedger()

async function expectLedger() {
  for (const [offset, page] of ledger) {
    const key = { siteId: 1, ip: BASE + offset }
    const address = await readAddress(database.store, key)
    const pair = await readCounters(database.store, key, address?.firstSeen, ZONE)
    expect([...pair.active], `active of ${offset}`).toEqual(page.active)
    expect([...pair.total], `total of ${offset}`).toEqual(page.total)
    expect(address?.active).toBe(page.active.reduce((a, b) => a + b))
    expect(address?.total).toBe(page.total.reduce((a, b) => a + b))
  }
}

test('700 sweeps over a daylight-saving night agree with a ledger, before and after folding', async () => {
  for (let n = 0; n < SWEEPS; n++) {
    await count(database.store, {
      siteId: 1,
      networkId: 1,
      range: RANGE,
      slotAt: new Date(START + n * 300_000),
      asked: OFFSETS.map((offset) => BASE + offset),
      seen: OFFSETS.filter((offset) => answers(offset, n)).map((offset) => BASE + offset),
    })
  }
  await expectLedger()
  expect(await refreshAt('2026-04-05T01:00:00Z')).toMatch(/^2 block days folded, .* 0 drifts$/)
  await expectLedger()
  expect(await refreshAt('2026-04-05T01:00:00Z')).toMatch(/^0 block days/)
  await expectLedger()
}, 120_000)

test('a day is not folded before it has been over for an hour', async () => {
  const open = await readOpenSlots(database.store, 1, BLOCK)
  expect(new Set(open.map((slot) => slot.day))).toEqual(
    new Set([parseDay('2026-04-05'), parseDay('2026-04-06')]),
  )
  expect(await refreshAt('2026-04-06T00:59:59Z')).toMatch(/^0 block days/)
  expect(await refreshAt('2026-04-06T01:00:00Z')).toMatch(/^1 block days/)
})

test('the packed days hold every bit', async () => {
  const days = await readClosedDays(
    database.store,
    1,
    BLOCK,
    parseDay('2026-04-01'),
    dayOf(new Date()),
  )
  const bits = (day: Uint8Array) =>
    day.reduce((n, byte) => n + byte.toString(2).replaceAll('0', '').length, 0)
  const closed = SWEEPS - (await readOpenSlots(database.store, 1, BLOCK)).length
  expect(days.reduce((n, day) => n + bits(day.asked), 0)).toBe(closed * OFFSETS.length)
})

test('counters, sums and kept days agree, and a planted drift is found and mended', async () => {
  const audit = () =>
    database.store.transaction(async (tx) => [
      ...(await auditSums(tx, 1, BLOCK, ZONE)),
      ...(await auditCounters(tx, 1, BLOCK, ZONE, parseDay('2026-04-01'))),
    ])
  expect(await audit()).toEqual([])
  await database.store.run('UPDATE address_state SET active = active + 1 WHERE ip = ?', [BASE + 5])
  await database.store.run('UPDATE counter SET total = active WHERE ip = ?', [BASE + 63])
  expect((await audit()).map(({ ip, what }) => [ip - BASE, what])).toEqual([
    [5, 'sums'],
    [63, 'sums'],
    [63, 'counters'],
  ])
  await count(database.store, {
    ...{ siteId: 1, networkId: 1, range: RANGE, slotAt: new Date(START + SWEEPS * 300_000) },
    ...{ asked: [], seen: [BASE + 5] },
  })
  await refreshAt('2026-04-08T01:00:00Z')
  const found = (await audit()).map(({ ip, what }) => [ip - BASE, what])
  expect(found).toEqual([[63, 'counters']])
  const [event] = await database.store.query<{ text: string }>(
    "SELECT text FROM event WHERE kind = 'drift'",
  )
  expect(event?.text).toContain('10.0.0.5')
})

function refreshAt(now: string): Promise<string> {
  const { signal } = new AbortController()
  const log = openLog('test', 'silent')
  return refresh({ store: database.store, log, now: new Date(now), signal })
}
