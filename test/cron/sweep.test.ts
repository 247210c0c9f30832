import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { missSlot, sweepNetwork } from '../../cron/sweep.js'
import { formatIp } from '../../src/core/address/ip.js'
import { slotStart } from '../../src/core/scan/schedule.js'
import { readSweepsAt } from '../../src/store/sweeps.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { makeFakeNmap } from '../support/make-fake-nmap.js'
import { makeContext, plantNetwork } from '../support/scanning.js'

const NOW = slotStart(new Date())
const later = (slots: number) => new Date(NOW.getTime() + slots * 300_000)

let database: TestDatabase
beforeAll(async () => {
  database = await makeDatabase()
})
afterAll(() => database.drop())

const readStates = (first: number, last: number) =>
  database.store.query<{ ip: number; active: number; total: number }>(
    'SELECT ip, active, total FROM address_state WHERE ip BETWEEN ? AND ? ORDER BY ip',
    [first, last],
  )

test('a /28 of loopback: 14 of its 16 addresses are pinged, all answer, two sweeps count two', async () => {
  const { site, network } = await plantNetwork(database.store, '127.0.0.0/28')
  const context = makeContext(database.store)
  for (const slot of [0, 1]) {
    const errand = { site, network, slotAt: later(slot), packetsPerSecond: 500 }
    const result = await sweepNetwork(context, errand)
    expect(result).toMatchObject({ asked: 14, alive: 14, new: slot === 0 ? 14 : 0 })
  }
  const states = await readStates(network.first, network.last)
  expect(states.map(({ ip }) => formatIp(ip))).toEqual(
    Array.from({ length: 14 }, (_, i) => `127.0.0.${i + 1}`),
  )
  expect(states.every(({ active, total }) => active === 2 && total === 2)).toBe(true)
})

test('excluded ranges: never-scan and dhcp are not asked, reserved is', async () => {
  const { site, network } = await plantNetwork(database.store, '127.1.0.0/24')
  for (const [octet, reason] of [
    [10, 'never-scan'],
    [20, 'dhcp'],
    [30, 'reserved'],
  ] as const) {
    await database.store.run(
      `INSERT INTO exclusion (site_id, first, last, reason, created_at)
       VALUES (?, ?, ?, ?, UTC_TIMESTAMP())`,
      [site.id, network.first + octet, network.first + octet + 1, reason],
    )
  }
  const errand = { site, network, slotAt: NOW, packetsPerSecond: 500 }
  expect(await sweepNetwork(makeContext(database.store), errand)).toMatchObject({ asked: 250 })
  const kept = (await readStates(network.first, network.last)).map(({ ip }) => ip - network.first)
  expect([10, 11, 20, 21].filter((octet) => kept.includes(octet))).toEqual([])
  expect(kept).toContain(30)
})

test('a slot that is claimed is not swept again; when shown, the counters stay', async () => {
  const { site, network } = await plantNetwork(database.store, '127.2.0.0/29')
  const errand = { site, network, slotAt: NOW, packetsPerSecond: 500 }
  await sweepNetwork(makeContext(database.store), errand)
  expect((await sweepNetwork(makeContext(database.store), errand)).parts).toEqual([])
  const shown = await sweepNetwork(makeContext(database.store), errand, true)
  expect(shown).toMatchObject({ asked: 6, alive: 6, new: 0, parts: [{ state: 'shown' }] })
  const states = await readStates(network.first, network.last)
  expect(states.map(({ total }) => total)).toEqual(Array(6).fill(1))
})

test('two scanners at the same slot: each part is counted by one of them', async () => {
  const { site, network } = await plantNetwork(database.store, '127.10.0.0-127.12.255.255', 20_000)
  const errand = { site, network, slotAt: NOW, packetsPerSecond: 20_000 }
  const results = await Promise.all(
    ['one', 'two'].map((engine) => sweepNetwork(makeContext(database.store, { engine }), errand)),
  )
  expect(results.flatMap((it) => it.parts.map((part) => part.state))).toEqual(
    Array(3).fill('counted'),
  )
  const [figures] = await database.store.query<{ known: number; most: number }>(
    'SELECT COUNT(*) AS known, MAX(total) AS most FROM address_state WHERE ip BETWEEN ? AND ?',
    [network.first, network.last],
  )
  expect(figures).toEqual({ known: 3 * 65_536, most: 1 })
}, 120_000)

test('a stopped scanner gives its sweep up, and nothing is counted', async () => {
  const { site, network } = await plantNetwork(database.store, '127.20.0.0/20', 50)
  const folder = mkdtempSync(path.join(tmpdir(), 'ipspace-hanging-'))
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 700)
  const nmapPath = makeFakeNmap(folder, 'hang')
  const context = makeContext(database.store, { signal: stop.signal, nmapPath })
  const result = await sweepNetwork(context, { site, network, slotAt: NOW, packetsPerSecond: 50 })
  expect(result.parts.map((part) => part.state)).toEqual(['failed'])
  expect(await readStates(network.first, network.last)).toEqual([])
  expect((await readSweepsAt(database.store, network.id, NOW))[0]).toMatchObject({
    state: 'failed',
  })
  rmSync(folder, { recursive: true })
})

test('a slot that could not begin is missed, with its reason', async () => {
  const { site, network } = await plantNetwork(database.store, '127.30.0.0/24')
  await missSlot(makeContext(database.store), site, network, NOW, 'the sweep of 10:00 still ran')
  expect(await readSweepsAt(database.store, network.id, NOW)).toMatchObject([
    { state: 'missed', error: 'the sweep of 10:00 still ran', asked: 0 },
  ])
})

test('a network of nothing but exclusions is counted as nothing', async () => {
  const { site, network } = await plantNetwork(database.store, '127.40.0.0/30')
  await database.store.run(
    `INSERT INTO exclusion (site_id, first, last, reason, created_at)
     VALUES (?, ?, ?, 'never-scan', UTC_TIMESTAMP())`,
    [site.id, network.first, network.last],
  )
  const errand = { site, network, slotAt: NOW, packetsPerSecond: 50 }
  expect(await sweepNetwork(makeContext(database.store), errand)).toMatchObject({
    asked: 0,
    parts: [{ state: 'counted' }],
  })
})

test('a network that was removed a moment ago is not claimed any more', async () => {
  const { site, network } = await plantNetwork(database.store, '127.50.0.0/29')
  await database.store.run('DELETE FROM network WHERE id = ?', [network.id])
  const errand = { site, network, slotAt: NOW, packetsPerSecond: 50 }
  expect((await sweepNetwork(makeContext(database.store), errand)).parts).toEqual([])
  expect(await readStates(network.first, network.last)).toEqual([])
})
