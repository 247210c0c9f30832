import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { toIp } from '../../src/core/address/ip.js'
import { IpSet } from '../../src/core/address/ip-set.js'
import { draftNetwork } from '../../src/core/scan/network-draft.js'
import { countPart } from '../../src/store/counting.js'
import { removeNetwork } from '../../src/store/network-removal.js'
import { addNetwork, listNetworks, type Network } from '../../src/store/networks.js'
import { ensureMainSite } from '../../src/store/sites.js'
import { type ClaimedSweep, claimSweep } from '../../src/store/sweeps.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'

const NOW = new Date('2026-03-01T10:00:00Z')

let database: TestDatabase
let siteId: number
let network: Network
beforeEach(async () => {
  database = await makeDatabase()
  siteId = (await ensureMainSite(database.store, 'UTC', NOW)).id
  network = await watch('10.0.0.0/25')
})
afterEach(() => database.drop())

async function watch(text: string): Promise<Network> {
  const drafted = draftNetwork({ network: text })
  if (!drafted.ok) throw new Error(text)
  const added = await addNetwork(database.store, siteId, drafted.value, 'test', NOW)
  if (!added.ok) throw new Error(added.error)
  return added.value.network
}

async function claim(of: Network, minutes = 0): Promise<ClaimedSweep> {
  const claimed = await claimSweep(database.store, {
    siteId,
    networkId: of.id,
    part: 0,
    range: of,
    slotAt: new Date(NOW.getTime() + minutes * 60_000),
    deadline: new Date(Date.now() + 600_000),
    engine: 'e',
    token: 't',
  })
  return claimed!
}

/** The first block's addresses were asked, and the sixth answered. */
async function count(sweep: ClaimedSweep) {
  const first = sweep.range.first
  const last = toIp(Math.min(sweep.range.last, first + 255))
  const asked = IpSet.ofRanges(sweep.range, [{ first, last }])
  const ip = first + 5
  const answers = [{ ip, rttUs: 100, ttl: 64, mac: undefined }]
  const outcome = { asked, seen: IpSet.of(sweep.range, [ip]), answers, packets: 128 }
  return countPart(database.store, sweep, outcome)
}

async function rowsOf(table: 'address' | 'presence_slot' | 'sweep'): Promise<number> {
  const [row] = await database.store.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`)
  return row!.n
}

test('a removed network leaves its history behind', async () => {
  await count(await claim(network))
  expect(await removeNetwork(database.store, network, { forget: false })).toBe(true)
  expect(await listNetworks(database.store)).toEqual([])
  expect(await rowsOf('address')).toBe(1)
  expect(await rowsOf('presence_slot')).toBe(1)
  expect(await removeNetwork(database.store, network, { forget: false })).toBe(false)
})

test('its sweep that runs is not counted any more', async () => {
  const running = await claim(network)
  await removeNetwork(database.store, network, { forget: false })
  expect(await count(running)).toMatchObject({ state: 'fenced' })
  expect(await rowsOf('address')).toBe(0)
  const [row] = await database.store.query('SELECT state, error FROM sweep')
  expect(row).toMatchObject({ state: 'failed', error: 'the network was removed' })
})

test('with forget only what is its own goes, also where a neighbour shares the block', async () => {
  const neighbour = await watch('10.0.0.128/25')
  await count(await claim(network))
  await count(await claim(neighbour))
  expect(await rowsOf('presence_slot')).toBe(1)
  expect(await removeNetwork(database.store, network, { forget: true })).toBe(true)
  expect(await database.store.query('SELECT ip FROM address')).toEqual([
    { ip: neighbour.first + 5 },
  ])
  expect(await database.store.query('SELECT network_id FROM sweep')).toEqual([
    { network_id: neighbour.id },
  ])
  const [bits] = await database.store.query(
    'SELECT asked_0, asked_1, seen_2, asked_2 = asked_3 AS alike FROM presence_slot',
  )
  expect(bits).toMatchObject({ asked_0: 0, asked_1: 0, seen_2: 2 ** 5, alike: 1 })
})

test('a sweep that is counted while its network is forgotten leaves nothing', async () => {
  const sweeps = [await claim(network), await claim(network, 5), await claim(network, 10)]
  await Promise.all([
    removeNetwork(database.store, network, { forget: true }),
    ...sweeps.map((sweep) => count(sweep)),
  ])
  expect(await rowsOf('address')).toBe(0)
  expect(await rowsOf('presence_slot')).toBe(0)
  expect(await rowsOf('sweep')).toBe(0)
})

test('a sweep that begins while its network is being forgotten leaves nothing either', async () => {
  await count(await claim(network))
  let removal: Promise<boolean> | undefined
  await database.store.transaction(async (tx) => {
    await tx.query('SELECT id FROM site FOR UPDATE')
    removal = removeNetwork(database.store, network, { forget: true })
    while ((await rowsOf('address')) > 0) await pause(10)
    expect(await count(await claim(network, 5))).toMatchObject({ state: 'counted', new: 1 })
  })
  expect(await removal).toBe(true)
  expect(await rowsOf('address')).toBe(0)
  expect(await rowsOf('presence_slot')).toBe(0)
})
