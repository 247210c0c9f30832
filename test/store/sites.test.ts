import { afterEach, beforeEach, expect, test } from 'vitest'
import { draftNetwork } from '../../src/core/scan/network-draft.js'
import { addExclusion, listExclusions } from '../../src/store/exclusions.js'
import { removeNetwork } from '../../src/store/network-removal.js'
import { addNetwork } from '../../src/store/networks.js'
import {
  addSite,
  editSite,
  ensureMainSite,
  findSite,
  listSites,
  removeSite,
  type Site,
} from '../../src/store/sites.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'

const NOW = new Date('2026-03-01T10:00:00Z')

let database: TestDatabase
let main: Site
beforeEach(async () => {
  database = await makeDatabase()
  main = await ensureMainSite(database.store, 'Europe/Berlin', NOW)
})
afterEach(() => database.drop())

const addNamed = async (name: string, engine?: string): Promise<Site> => {
  const added = await addSite(database.store, { name, tag: '', timeZone: 'UTC', engine }, NOW)
  if (!added.ok) throw new Error(added.error)
  return added.value
}
const watch = async (site: Site, network: string) => {
  const drafted = draftNetwork({ network })
  if (!drafted.ok) throw new Error(network)
  const added = await addNetwork(database.store, site.id, drafted.value, 'test', NOW)
  if (!added.ok) throw new Error(added.error)
  return added.value.network
}
const count = (site: Site) =>
  database.store.run(
    `INSERT INTO presence_day (site_id, block, day, seen, asked) VALUES (?, 1, '2026-02-28', '', '')`,
    [site.id],
  )
const know = (site: Site) =>
  database.store.run(
    'INSERT INTO address (site_id, ip, ip_text, last_modified) VALUES (?, ?, ?, ?)',
    [site.id, 4_000_000_000, '238.107.40.0', NOW],
  )

test('main is made once, with the zone it was given first', async () => {
  expect(main).toMatchObject({ name: 'main', timeZone: 'Europe/Berlin', engine: undefined })
  const again = await Promise.all(
    [1, 2, 3].map(() => ensureMainSite(database.store, 'Asia/Kathmandu', NOW)),
  )
  expect(again).toEqual([main, main, main])
})

test('a site that was renamed from main is not made again', async () => {
  await editSite(database.store, { ...main, name: 'hq' })
  expect(await ensureMainSite(database.store, 'UTC', NOW)).toMatchObject({
    id: main.id,
    name: 'hq',
  })
  expect(await listSites(database.store)).toHaveLength(1)
})

test('a name is taken once, whatever its case', async () => {
  const berlin = await addNamed('Berlin', 'b-1')
  expect(await findSite(database.store, 'Berlin')).toEqual(berlin)
  expect(await findSite(database.store, 'Paris')).toBeUndefined()
  const again = await addSite(database.store, { ...berlin, name: 'berlin' }, NOW)
  expect(again).toMatchObject({ ok: false, error: expect.stringMatching(/there is a site berlin/) })
  expect(await editSite(database.store, { ...main, name: 'BERLIN' })).toMatchObject({ ok: false })
  expect(await editSite(database.store, { ...berlin, name: 'berlin' })).toMatchObject({ ok: true })
})

test('the time zone is fixed once something was counted', async () => {
  const moved = { ...main, timeZone: 'America/New_York' }
  expect(await editSite(database.store, moved)).toEqual({ ok: true, value: moved })
  await count(main)
  expect(await editSite(database.store, main)).toMatchObject({
    ok: false,
    error: expect.stringMatching(/counted in America\/New_York, which is fixed/),
  })
  expect(await editSite(database.store, { ...moved, tag: 'x' })).toMatchObject({ ok: true })
})

test('an engine that would bring equal networks together is refused', async () => {
  const [berlin, paris] = [await addNamed('berlin', 'b'), await addNamed('paris', 'p')]
  await watch(berlin, '10.0.0.0/24')
  await watch(paris, '10.0.0.0/24')
  for (const engine of ['b', undefined]) {
    expect(await editSite(database.store, { ...paris, engine })).toMatchObject({
      ok: false,
      error: expect.stringMatching(/10\.0\.0\.0\/24 overlaps 10\.0\.0\.0\/24 of site berlin/),
    })
  }
  expect(await editSite(database.store, { ...paris, engine: 'q' })).toMatchObject({ ok: true })
})

test('a site with networks stays, and so does one with history unless it is to be forgotten', async () => {
  const { store } = database
  const berlin = await addNamed('berlin')
  const network = await watch(berlin, '10.0.0.0/24')
  expect(await removeSite(store, berlin, { forget: true })).toMatchObject({
    ok: false,
    error: expect.stringMatching(
      /has a network: remove first what "ipspace networks list --site berlin"/,
    ),
  })
  await removeNetwork(store, network, { forget: false })
  await know(berlin)
  await addExclusion(
    store,
    berlin.id,
    { first: network.first, last: network.last, reason: 'dhcp' },
    '',
    NOW,
  )
  expect(await removeSite(store, berlin, { forget: false })).toMatchObject({
    ok: false,
    error: expect.stringMatching(/keeps the history of 1 address: add --forget/),
  })
  expect(await removeSite(store, berlin, { forget: true })).toMatchObject({ ok: true })
  expect(await listSites(store)).toEqual([main])
  expect(await listExclusions(store)).toEqual([])
  expect(await store.query('SELECT ip FROM address')).toEqual([])
})

test('the last site stays', async () => {
  expect(await removeSite(database.store, main, { forget: true })).toMatchObject({
    ok: false,
    error: 'main is the only site: there must be one',
  })
})
