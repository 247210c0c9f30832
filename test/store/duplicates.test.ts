import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Range } from '../../src/core/address/network.js'
import { readGenericPatterns } from '../../src/core/names/hostname.js'
import { dayOf } from '../../src/core/uptime/slot.js'
import { listMacConflicts } from '../../src/store/conflicts.js'
import { findDuplicates, judgeDuplicates } from '../../src/store/duplicates.js'
import { expectDuplicate, removeExpected } from '../../src/store/expected-duplicates.js'
import { foldBlock } from '../../src/store/folding.js'
import { count } from '../support/counted.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { nameAddresses } from '../support/named.js'

const BASE = 0x0a000000
const RANGE = { first: BASE, last: BASE + 511 } as Range
const START = new Date('2026-05-04T10:00:00Z')
const at = (slots: number) => new Date(START.getTime() + slots * 300_000)

let database: TestDatabase
beforeAll(async () => {
  database = await makeDatabase()
})
afterAll(() => database.drop())
beforeEach(async () => {
  const tables = ['address', 'address_state', 'presence_slot', 'presence_day', 'counter', 'sweep']
  for (const table of [...tables, 'name_check', 'address_change', 'expected_duplicate']) {
    await database.store.run(`DELETE FROM ${table}`)
  }
})

/** Sweeps the addresses 1 and 2 (or those given); who is seen has the MAC. */
async function sweep(slot: number, seen: number[], macs: Record<number, number> = {}) {
  const byMac = new Map<number | undefined, number[]>()
  for (const offset of seen) {
    byMac.set(macs[offset], [...(byMac.get(macs[offset]) ?? []), offset])
  }
  let network = 1
  for (const [mac, offsets] of byMac) {
    const asked = byMac.size === 1 ? [1, 2, 300, ...offsets] : offsets
    await count(database.store, {
      ...{ siteId: 1, networkId: network++, range: RANGE, slotAt: at(slot) },
      asked: [...new Set(asked)].map((offset) => BASE + offset),
      seen: offsets.map((offset) => BASE + offset),
      ...(mac === undefined ? {} : { mac }),
    })
  }
}
const name = (slot: number, names: [number, string | undefined][]) =>
  nameAddresses(
    database.store,
    names.map(([offset, text]) => [BASE + offset, text] as const),
    at(slot),
  )
async function judged(generic?: string) {
  const found = await findDuplicates(database.store)
  const isGeneric = generic === undefined ? undefined : readGenericPatterns(generic)
  return judgeDuplicates(database.store, found, isGeneric)
}

describe('names', () => {
  test('seen in the same sweep under one name in any letters: both at once', async () => {
    await sweep(0, [1, 300])
    await name(0, [
      [1, 'Printer7.test'],
      [300, 'printer7.TEST'],
    ])
    await sweep(1, [1, 300])
    await sweep(2, [300])
    expect(await judged()).toMatchObject([
      { of: 'hostname', name: 'printer7.test', kind: 'both-at-once', lastTogether: at(1) },
    ])
  })

  test('together before the newer had the name only: moved', async () => {
    await sweep(0, [1, 2])
    await name(0, [
      [1, 'a'],
      [2, 'b'],
    ])
    await sweep(1, [1, 2])
    await sweep(2, [2])
    await name(2, [[2, 'a']])
    await sweep(3, [2])
    await sweep(4, [1])
    await sweep(5, [2])
    const [group] = await judged()
    expect(group).toMatchObject({ kind: 'moved', lastTogether: undefined })
    expect(group?.holders.map(({ since }) => since)).toEqual([at(0), at(2)])
  })

  test('never there together: moved', async () => {
    await sweep(0, [1])
    await sweep(1, [2])
    await name(1, [
      [1, 'a'],
      [2, 'a'],
    ])
    expect(await judged()).toMatchObject([{ kind: 'moved' }])
  })

  test('together on a day that is packed: both at once', async () => {
    await sweep(0, [1, 2])
    await name(0, [
      [1, 'a'],
      [2, 'a'],
    ])
    await sweep(1, [1])
    await sweep(2, [2])
    await foldBlock(database.store, 1, BASE >>> 8, dayOf(START), 'UTC')
    expect(await judged()).toMatchObject([{ kind: 'both-at-once', lastTogether: at(0) }])
  })

  test('together with one MAC: multi-homed, and a group of its own for the MAC', async () => {
    await sweep(0, [1, 2], { 1: 0xaabbccddee01, 2: 0xaabbccddee01 })
    await name(0, [
      [1, 'a'],
      [2, 'a'],
    ])
    expect(await judged()).toMatchObject([
      { of: 'hostname', kind: 'multi-homed' },
      { of: 'mac', name: 'aa:bb:cc:dd:ee:01', kind: 'multi-homed', lastTogether: at(0) },
    ])
  })

  test('listed as expected: multi-homed, until it is taken off the list', async () => {
    await sweep(0, [1, 2])
    await name(0, [
      [1, 'A'],
      [2, 'a'],
    ])
    const expected = { siteId: 1, name: 'a', byWhom: 'test', createdAt: START }
    expect(await expectDuplicate(database.store, expected)).toBe(true)
    expect(await judged()).toMatchObject([{ kind: 'multi-homed', isExpected: true }])
    expect(await removeExpected(database.store, 1, 'a')).toBe(true)
    expect(await judged()).toMatchObject([{ kind: 'both-at-once', isExpected: false }])
  })

  test('generic ones are left out, unless all are wanted', async () => {
    await sweep(0, [1, 2])
    await name(0, [
      [1, 'dhcp-x'],
      [2, 'DHCP-X'],
    ])
    expect(await judged('dhcp-*')).toEqual([])
    expect(await judged()).toHaveLength(1)
  })

  test('whoever has lost the name is no duplicate any more', async () => {
    await sweep(0, [1, 2])
    await name(0, [
      [1, 'a'],
      [2, 'a'],
    ])
    await name(1, [[2, undefined]])
    expect(await judged()).toEqual([])
  })
})

describe('MACs', () => {
  test('one that went from one address to another: moved', async () => {
    await sweep(0, [1], { 1: 7 })
    await sweep(1, [2], { 2: 7 })
    expect(await judged()).toMatchObject([{ of: 'mac', kind: 'moved' }])
  })

  test('one address that answers with two within a day is a conflict, with dates', async () => {
    for (const slot of [0, 1, 2, 3]) await sweep(slot, [1], { 1: slot % 2 === 0 ? 7 : 8 })
    expect(await listMacConflicts(database.store, {})).toEqual([
      {
        ...{ siteId: 1, ip: BASE + 1, hostname: undefined, changes: 3 },
        macs: ['00:00:00:00:00:07', '00:00:00:00:00:08'],
        ...{ firstAt: at(0), lastAt: at(3) },
      },
    ])
    expect(await listMacConflicts(database.store, { since: at(4) })).toEqual([])
  })

  test('a new one after more than a day is none', async () => {
    await sweep(0, [1], { 1: 7 })
    await sweep(289, [1], { 1: 8 })
    expect(await listMacConflicts(database.store, {})).toEqual([])
  })
})
