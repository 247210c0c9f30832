import { afterEach, beforeEach, expect, test } from 'vitest'
import { formatNetwork } from '../../src/core/address/network.js'
import { type DraftFields, draftNetwork } from '../../src/core/scan/network-draft.js'
import {
  addNetwork,
  addNetworks,
  draftOf,
  editNetwork,
  findNetwork,
  findNetworks,
  listNetworks,
  readNetwork,
} from '../../src/store/networks.js'
import { openStore } from '../../src/store/pool.js'
import { claimRequest } from '../../src/store/requests.js'
import { setSetting } from '../../src/store/settings.js'
import { addSite, ensureMainSite } from '../../src/store/sites.js'
import { claimSweep, readSweep } from '../../src/store/sweeps.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'

const NOW = new Date('2026-03-01T10:00:00Z')

let database: TestDatabase
let siteId: number
beforeEach(async () => {
  database = await makeDatabase()
  siteId = (await ensureMainSite(database.store, 'Europe/Berlin', NOW)).id
})
afterEach(() => database.drop())

const draft = (network: string, fields: DraftFields = {}) => {
  const drafted = draftNetwork({ network, ...fields })
  if (!drafted.ok) throw new Error(drafted.mistakes[0]?.error)
  return drafted.value
}
const add = async (network: string, fields: DraftFields = {}, site = siteId) => {
  const added = await addNetwork(database.store, site, draft(network, fields), 'test', NOW)
  if (!added.ok) throw new Error(added.error)
  return added.value.network
}

test('a network is read back as it was saved', async () => {
  const fields = { name: 'Büro', tag: 't', vlan: '12', notes: 'n', gateway: '255.255.254.1' }
  const low = await add('10.0.0.0-10.0.0.99', {
    ...fields,
    gateway: '10.0.0.1',
    sweep_minutes: '60',
  })
  expect(await readNetwork(database.store, low.id)).toEqual(low)
  expect(low).toMatchObject({ name: 'Büro', tag: 't', vlan: 12, notes: 'n', sweepMinutes: 60 })
  expect(low).toMatchObject({ prefixLength: undefined, packetsPerSecond: 500, enabled: true })
  const high = await add('223.255.255.0/24')
  expect((await listNetworks(database.store)).map(formatNetwork)).toEqual([
    '10.0.0.0-10.0.0.99',
    '223.255.255.0/24',
  ])
  expect(high.gateway).toBeUndefined()
  expect(await readNetwork(database.store, 999)).toBeUndefined()
})

test('its first sweep is asked for with it, unless it is disabled', async () => {
  await add('10.0.1.0/24', { enabled: 'no' })
  const network = await add('10.0.0.0/24')
  expect(await claimRequest(database.store)).toMatchObject({
    what: 'sweep',
    argument: String(network.id),
    byWhom: 'test',
  })
  expect(await claimRequest(database.store)).toBeUndefined()
})

test('one that overlaps is refused, and asks for nothing', async () => {
  await add('10.0.0.0/24', { name: 'Office' })
  await claimRequest(database.store)
  const refused = await addNetwork(database.store, siteId, draft('10.0.0.128/25'), 'test', NOW)
  expect(refused).toMatchObject({
    ok: false,
    error: expect.stringMatching(/^10\.0\.0\.128\/25 overlaps 10\.0\.0\.0\/24 \(Office\)/),
  })
  expect(await claimRequest(database.store)).toBeUndefined()
})

test('of two that add overlapping networks at once, exactly one wins, again and again', async () => {
  const other = openStore({ socketPath: database.socketPath, database: database.name })
  try {
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all([
        addNetwork(database.store, siteId, draft(`10.${round}.0.0/16`, RATE), 'a', NOW),
        addNetwork(other, siteId, draft(`10.${round}.7.0/24`, RATE), 'b', NOW),
        addNetwork(other, siteId, draft(`10.${round}.7.9-10.${round}.8.9`, RATE), 'c', NOW),
      ])
      expect(answers.filter((answer) => answer.ok)).toHaveLength(1)
    }
    expect(await listNetworks(database.store)).toHaveLength(20)
  } finally {
    await other.close()
  }
})
const RATE = { packets_per_second: '60', sweep_minutes: '60' }

test('two sites may have the same network only with an engine each, also when added at once', async () => {
  const { store } = database
  const site = async (name: string, engine: string | undefined) => {
    const added = await addSite(store, { name, tag: '', timeZone: 'UTC', engine }, NOW)
    return added.ok ? added.value.id : 0
  }
  const [berlin, paris, anywhere] = [
    await site('berlin', 'b'),
    await site('paris', 'p'),
    await site('x', undefined),
  ]
  await add('192.168.1.0/24', {}, berlin)
  await add('192.168.1.0/24', {}, paris)
  const refused = await addNetwork(store, anywhere, draft('192.168.1.0/25'), 'test', NOW)
  expect(refused).toMatchObject({
    ok: false,
    error: expect.stringMatching(/of site berlin, which/),
  })
  const answers = await Promise.all(
    [anywhere, siteId].map((id) => addNetwork(store, id, draft('10.0.0.0/24'), 'test', NOW)),
  )
  expect(answers.filter((answer) => answer.ok)).toHaveLength(1)
})

test('what cannot be swept in time is refused with the rate that would do', async () => {
  const slow = draft('10.0.0.0/16', { packets_per_second: '100' })
  expect(await addNetwork(database.store, siteId, slow, 'test', NOW)).toMatchObject({
    ok: false,
    error: expect.stringMatching(/^10\.0\.0\.0\/16: .*give at least 351 packets per second$/),
  })
  await setSetting(database.store, 'scan.packets_per_second', '10000', NOW)
  const wide = draft('10.0.0.0/12', { packets_per_second: '10000' })
  expect(await addNetwork(database.store, siteId, wide, 'test', NOW)).toMatchObject({ ok: true })
})

test('several are added all or none', async () => {
  const candidates = (...texts: string[]) =>
    texts.map((text, index) => ({ siteId, draft: draft(text), origin: `line ${index + 2}` }))
  const bad = candidates('10.0.0.0/24', '10.0.1.0/24', '10.0.0.0/25')
  expect(await addNetworks(database.store, bad, 'test', NOW)).toMatchObject({
    ok: false,
    mistakes: [
      { candidate: bad[2], error: expect.stringMatching(/overlaps 10\.0\.0\.0\/24 of line 2/) },
    ],
  })
  expect(await listNetworks(database.store)).toEqual([])
  const good = await addNetworks(
    database.store,
    candidates('10.0.0.0/24', '10.0.1.0/24'),
    'test',
    NOW,
  )
  expect(good.ok && good.value.map((saved) => formatNetwork(saved.network))).toEqual([
    '10.0.0.0/24',
    '10.0.1.0/24',
  ])
})

test('a network is found by its id, its range in any form, or its name', async () => {
  const { store } = database
  const office = await add('10.0.0.0/24', { name: 'Office' })
  const twin = await add('10.0.1.0/24', { name: 'Lab' })
  await add('10.0.2.0/24', { name: 'Lab' })
  const ways = [
    office.id,
    String(office.id),
    '10.0.0.0/24',
    '10.0.0.0/255.255.255.0',
    'Office',
    'office',
  ]
  for (const way of ways) expect(await findNetwork(store, siteId, way)).toEqual(office)
  expect(await findNetwork(store, undefined, '10.0.0.0-10.0.0.255')).toEqual(office)
  expect(await findNetworks(store, siteId, 'Lab')).toHaveLength(2)
  expect(await findNetwork(store, siteId, 'Lab')).toBeUndefined()
  expect(await findNetwork(store, siteId, twin.id)).toEqual(twin)
  expect(await findNetwork(store, siteId + 1, office.id)).toBeUndefined()
  expect(await findNetwork(store, siteId, 'nowhere')).toBeUndefined()
})

test('an edit keeps what it does not name, may grow the range, and may not overlap', async () => {
  const { store } = database
  const network = await add('10.0.0.0/24', { name: 'Office', vlan: '7' })
  await add('10.0.4.0/24')
  const edit = (fields: DraftFields) => {
    const drafted = draftNetwork(fields, draftOf(network))
    if (!drafted.ok) throw new Error(drafted.mistakes[0]?.error)
    return editNetwork(store, network, drafted.value, 'test', NOW)
  }
  expect(await edit({ network: '10.0.0.0/22', tag: 'x' })).toMatchObject({ ok: true })
  expect(await readNetwork(store, network.id)).toMatchObject({
    name: 'Office',
    vlan: 7,
    tag: 'x',
    prefixLength: 22,
  })
  expect(await edit({ network: '10.0.0.0/21' })).toMatchObject({
    ok: false,
    error: expect.stringMatching(/overlaps 10\.0\.4\.0\/24/),
  })
  expect(await edit({ sweep_minutes: '5', packets_per_second: '1' })).toMatchObject({ ok: false })
})

test('a range that changes gives up the sweep that runs, and is swept at once', async () => {
  const { store } = database
  const network = await add('10.0.0.0/24')
  await claimRequest(store)
  const sweep = await claimSweep(store, {
    siteId,
    networkId: network.id,
    part: 0,
    range: network,
    slotAt: NOW,
    deadline: new Date(Date.now() + 600_000),
    engine: 'e',
    token: 't',
  })
  const edit = (fields: DraftFields) => {
    const drafted = draftNetwork(fields, draftOf(network))
    return drafted.ok ? editNetwork(store, network, drafted.value, 'test', NOW) : undefined
  }
  await edit({ name: 'only a name' })
  expect(await readSweep(store, sweep!.id)).toMatchObject({ state: 'running' })
  expect(await claimRequest(store)).toBeUndefined()
  await edit({ network: '10.0.0.0/25' })
  expect(await readSweep(store, sweep!.id)).toMatchObject({
    state: 'failed',
    error: 'the network was given another range',
  })
  expect(await claimRequest(store)).toMatchObject({ argument: String(network.id) })
})
