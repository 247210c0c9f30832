import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Range } from '../../src/core/address/network.js'
import { holdingsOf, wasHeldIn } from '../../src/core/names/holding.js'
import { findChanges, listChanges, readHistory } from '../../src/store/change-list.js'
import { forgetRange } from '../../src/store/forget.js'
import { count } from '../support/counted.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { nameAddresses } from '../support/named.js'

const BASE = 0x0a000000
const RANGE = { first: BASE, last: BASE + 255 } as Range
const day = (text: string) => new Date(`2026-${text}T12:00:00Z`)
const MARCH = { since: day('03-01'), until: day('03-31') }

let database: TestDatabase
beforeAll(async () => {
  database = await makeDatabase()
  const { store } = database
  const ips = [BASE + 1, BASE + 2]
  const sweep = { siteId: 1, networkId: 1, range: RANGE, slotAt: day('01-01') }
  await count(store, { ...sweep, asked: ips, seen: ips })
  await nameAddresses(store, [[BASE + 1, 'printer7.test']], day('01-10'))
  await nameAddresses(store, [[BASE + 2, 'desk.test']], day('03-10'))
  await nameAddresses(store, [[BASE + 1, 'scanner.test']], day('04-10'))
  await nameAddresses(store, [[BASE + 2, 'printer7.test']], day('05-10'))
})
afterAll(() => database.drop())

async function whoWas(text: string, period: { since?: Date; until?: Date }) {
  const fits = (value: string) => value.includes(text)
  const found = await findChanges(database.store, {}, fits)
  return found.filter((change) => wasHeldIn(change, period, fits))
}

describe('who was printer7', () => {
  test('in March: the one that held it all through, though nothing changed then', async () => {
    const found = await whoWas('printer7', MARCH)
    expect(new Set(found.map(({ ip }) => ip))).toEqual(new Set([BASE + 1]))
    expect(found.map((it) => [it.new, it.newUntil])).toContainEqual(['printer7.test', day('04-10')])
  })
  test('from May on: the other one', async () => {
    const found = await whoWas('printer7', { since: day('05-01') })
    expect(found).toMatchObject([{ ip: BASE + 2, oldFrom: day('03-10'), newUntil: undefined }])
  })
  test('in April, at its end: nobody', async () => {
    expect(await whoWas('printer7', { since: day('04-20'), until: day('04-30') })).toEqual([])
  })
})

test('the changes of a period are listed, the newest first', async () => {
  expect(await listChanges(database.store, MARCH, 10)).toMatchObject([
    { ip: BASE + 2, old: undefined, new: 'desk.test', changedAt: day('03-10') },
  ])
  expect(await listChanges(database.store, {}, 2)).toHaveLength(2)
  expect(await listChanges(database.store, { field: 'mac' }, 10)).toEqual([])
})

test('the history of one address makes its time line', async () => {
  const history = await readHistory(database.store, { siteId: 1, ip: BASE + 1 }, 'hostname')
  expect(holdingsOf(history)).toEqual([
    { value: 'printer7.test', from: day('01-10'), until: day('04-10') },
    { value: 'scanner.test', from: day('04-10'), until: undefined },
  ])
})

test('what is forgotten leaves no history behind', async () => {
  await forgetRange(database.store, 1, RANGE)
  expect(await listChanges(database.store, {}, 10)).toEqual([])
})
