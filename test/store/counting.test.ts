import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Range } from '../../src/core/address/network.js'
import { readAddress } from '../../src/store/addresses.js'
import { readCounters } from '../../src/store/counters.js'
import { readOpenSlots } from '../../src/store/presence.js'
import { endUncounted, failAbandoned, readSweep } from '../../src/store/sweeps.js'
import { claim, count } from '../support/counted.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'

const BASE = 0x0a000000
const RANGE = { first: BASE, last: BASE + 511 } as Range
const SLOT = new Date('2026-05-04T10:05:00Z')
const later = (slots: number) => new Date(SLOT.getTime() + slots * 300_000)

let database: TestDatabase
beforeAll(async () => {
  database = await makeDatabase()
})
afterAll(() => database.drop())
beforeEach(async () => {
  for (const table of ['address', 'address_state', 'presence_slot', 'counter', 'sweep']) {
    await database.store.run(`DELETE FROM ${table}`)
  }
})

const sweep = (slotAt: Date, asked: number[], seen: number[], networkId = 1) => ({
  siteId: 1,
  networkId,
  range: RANGE,
  slotAt,
  asked: asked.map((offset) => BASE + offset),
  seen: seen.map((offset) => BASE + offset),
})
const read = (offset: number) => readAddress(database.store, { siteId: 1, ip: BASE + offset })

describe('one counted sweep', () => {
  test('enters who answered, with what nmap kept, and nobody else', async () => {
    const counted = await count(database.store, {
      ...sweep(SLOT, [1, 2, 300], [1, 300]),
      mac: 0xaabbccddeeff,
    })
    expect(counted).toEqual({ state: 'counted', new: 2 })
    expect(await read(2)).toBeUndefined()
    expect(await read(300)).toMatchObject({
      active: 1,
      total: 1,
      firstSeen: SLOT,
      lastActive: SLOT,
      lastSilent: undefined,
      rttUs: 250,
      replyTtl: 63,
      mac: 0xaabbccddeeff,
    })
  })

  test('raises those asked before, and leaves alone those not asked', async () => {
    await count(database.store, sweep(SLOT, [1, 2, 3], [1, 2, 3]))
    await count(database.store, sweep(later(1), [1, 2], [1]))
    expect(await read(1)).toMatchObject({ active: 2, total: 2, lastActive: later(1) })
    expect(await read(2)).toMatchObject({
      active: 1,
      total: 2,
      lastActive: SLOT,
      lastSilent: later(1),
    })
    expect(await read(3)).toMatchObject({ active: 1, total: 1, lastSilent: undefined })
  })

  test('marks its row with its figures', async () => {
    const made = sweep(SLOT, [1, 2, 3], [1])
    const claimed = await claim(database.store, made)
    await count(database.store, made, claimed)
    expect(await readSweep(database.store, claimed.id)).toMatchObject({
      state: 'counted',
      asked: 3,
      alive: 1,
      new: 1,
      packets: 1,
      error: undefined,
    })
  })

  test('keeps the bits of a neighbour network in the same block', async () => {
    await count(database.store, sweep(SLOT, [1], [1], 1))
    await count(database.store, sweep(SLOT, [200], [200], 2))
    const [slot] = await readOpenSlots(database.store, 1, BASE >>> 8)
    expect(slot?.seen).toEqual([2n, 0n, 0n, 1n << 8n])
    expect(slot?.asked).toEqual(slot?.seen)
  })

  test('does not count a bit twice that its slot has already', async () => {
    await count(database.store, sweep(SLOT, [1, 2], [1], 1))
    await count(database.store, sweep(SLOT, [1, 2], [1, 2], 2))
    expect(await read(1)).toMatchObject({ active: 1, total: 1 })
    expect(await read(2)).toMatchObject({ active: 1, total: 0 + 1 })
  })

  test('a MAC that changed is kept, one that is not seen stays', async () => {
    await count(database.store, { ...sweep(SLOT, [1], [1]), mac: 1 })
    await count(database.store, { ...sweep(later(1), [1], [1]), mac: 2 })
    await count(database.store, sweep(later(2), [1], [1]))
    expect(await read(1)).toMatchObject({ mac: 2, active: 3 })
  })
})

describe('the fence', () => {
  test('a sweep that was marked failed meanwhile writes nothing', async () => {
    const made = sweep(SLOT, [1], [1])
    const claimed = await claim(database.store, made, 'the first life')
    expect(await failAbandoned(database.store, 'test', 'the second life')).toBe(1)
    expect(await count(database.store, made, claimed)).toMatchObject({ state: 'fenced' })
    expect(await read(1)).toBeUndefined()
    expect(await readOpenSlots(database.store, 1, BASE >>> 8)).toEqual([])
  })

  test('past its deadline it writes nothing', async () => {
    const made = sweep(SLOT, [1], [1])
    const claimed = await claim(database.store, made)
    await database.store.run('UPDATE sweep SET deadline = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND')
    expect(await count(database.store, made, claimed)).toEqual({
      state: 'fenced',
      reason: 'its deadline has passed',
    })
    expect(await read(1)).toBeUndefined()
  })

  test('a slot is claimed once', async () => {
    await claim(database.store, sweep(SLOT, [], []))
    await expect(claim(database.store, sweep(SLOT, [], []))).rejects.toThrow(/claimed already/)
  })

  test('a counted sweep is not ended again', async () => {
    const made = sweep(SLOT, [1], [1])
    const claimed = await claim(database.store, made)
    await count(database.store, made, claimed)
    expect(await endUncounted(database.store, claimed, 'failed', 'late')).toBe(false)
  })
})

test('an address that an administrator wrote about before keeps what was written when it answers', async () => {
  await database.store.run(
    `INSERT INTO address (site_id, ip, ip_text, owner, last_modified) VALUES (1, ?, '10.0.0.7', 'Ada', UTC_TIMESTAMP())`,
    [BASE + 7],
  )
  await count(database.store, sweep(SLOT, [7], [7]))
  expect(await read(7)).toMatchObject({ owner: 'Ada', firstSeen: SLOT, active: 1, total: 1 })
})

test('the 288 counters are true after every sweep, in the slot of the site clock', async () => {
  await count(database.store, sweep(SLOT, [1], [1]))
  await count(database.store, sweep(later(1), [1], []))
  const pair = await readCounters(
    database.store,
    { siteId: 1, ip: BASE + 1 },
    SLOT,
    'Europe/Berlin',
  )
  const slot = 12 * 12 + 1
  expect([pair.active[slot], pair.total[slot]]).toEqual([1, 1])
  expect([pair.active[slot + 1], pair.total[slot + 1]]).toEqual([0, 1])
  expect(pair.total.reduce((a, b) => a + b)).toBe(2)
})

test('each change of a MAC is one row of history, with when the old one was last heard', async () => {
  await database.store.run('DELETE FROM address_change')
  await count(database.store, { ...sweep(SLOT, [1, 2], [1, 2]), mac: 0xaabbccddee01 })
  await count(database.store, { ...sweep(later(1), [1, 2], [1]), mac: 0xaabbccddee01 })
  await count(database.store, { ...sweep(later(2), [1, 2], [1]), mac: 0xaabbccddee02 })
  const rows = await database.store.query(
    'SELECT ip, old, `new`, source, changed_at, old_last_confirmed_at FROM address_change ORDER BY id',
  )
  expect(rows.slice(0, 2)).toMatchObject([
    { ip: BASE + 1, old: null, new: 'aa:bb:cc:dd:ee:01', source: 'arp', changed_at: SLOT },
    { ip: BASE + 2, old: null },
  ])
  expect(rows.slice(2)).toEqual([
    {
      ...{ ip: BASE + 1, old: 'aa:bb:cc:dd:ee:01', new: 'aa:bb:cc:dd:ee:02', source: 'arp' },
      ...{ changed_at: later(2), old_last_confirmed_at: later(1) },
    },
  ])
})
