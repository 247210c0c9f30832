import { afterAll, beforeAll, expect, test } from 'vitest'
import { formatRange, parseRange } from '../../src/core/address/network.js'
import {
  addExclusion,
  findExclusions,
  listExclusions,
  removeExclusion,
} from '../../src/store/exclusions.js'
import { ensureMainSite } from '../../src/store/sites.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'

const NOW = new Date('2026-03-01T10:00:00Z')
const range = (text: string) => {
  const parsed = parseRange(text)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}

let database: TestDatabase
let siteId: number
beforeAll(async () => {
  database = await makeDatabase()
  siteId = (await ensureMainSite(database.store, 'UTC', NOW)).id
})
afterAll(() => database.drop())

test('an exclusion is kept once per range and reason, and removed by its id', async () => {
  const { store } = database
  const add = (text: string, reason: 'dhcp' | 'reserved') =>
    addExclusion(store, siteId, { ...range(text), reason }, 'printers', NOW)
  const id = await add('255.255.255.0/24', 'dhcp')
  expect(id).toBeTypeOf('number')
  expect(await add('255.255.255.0/24', 'dhcp')).toBeUndefined()
  expect(await add('255.255.255.0/24', 'reserved')).toBeTypeOf('number')
  expect(await add('10.0.0.5', 'dhcp')).toBeTypeOf('number')
  const kept = await listExclusions(store, siteId)
  expect(kept.map((e) => `${formatRange(e)} ${e.reason} ${e.notes}`)).toEqual([
    '10.0.0.5 dhcp printers',
    '255.255.255.0/24 dhcp printers',
    '255.255.255.0/24 reserved printers',
  ])
  expect(await findExclusions(store, siteId, range('255.255.255.0/24'))).toHaveLength(2)
  expect(await removeExclusion(store, id!)).toBe(true)
  expect(await removeExclusion(store, id!)).toBe(false)
  expect(await findExclusions(store, siteId, range('255.255.255.0/24'))).toHaveLength(1)
})

test('another site has its own', async () => {
  const { store } = database
  await addExclusion(store, siteId + 1, { ...range('10.9.0.0/24'), reason: 'dhcp' }, '', NOW)
  expect(await listExclusions(store, siteId + 1)).toHaveLength(1)
  expect((await listExclusions(store)).map((e) => e.siteId)).toEqual([siteId, siteId, siteId + 1])
})
