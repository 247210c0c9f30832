import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addressesCommands } from '../../src/cli/addresses.js'
import { dayOf, instantOf } from '../../src/core/uptime/slot.js'
import type { Network } from '../../src/store/networks.js'
import { runHere } from '../support/command.js'
import { count } from '../support/counted.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { fillTable } from '../support/fill-table.js'
import { plantNetwork } from '../support/scanning.js'

const NOW = new Date()
const TODAY = dayOf(NOW)
const OFFICE = 0x0a000000

let database: TestDatabase
let office: Network
beforeAll(async () => {
  database = await makeDatabase()
  const { store } = database
  office = (await plantNetwork(store, '10.0.0.0/28')).network
  await store.run("UPDATE network SET name = 'Office' WHERE id = ?", [office.id])
  const gone = (await plantNetwork(store, '10.9.0.0/30')).network
  await sweep(office, 0, [1, 2, 5])
  await sweep(office, 1, [1, 5])
  await sweep(gone, 1, [1])
  await store.run('DELETE FROM network WHERE id = ?', [gone.id])
  await store.run("UPDATE address SET hostname = 'printer-1', notes = '=1+1' WHERE ip = ?", [
    OFFICE + 1,
  ])
  await store.run("UPDATE address SET hostname = 'PC-2' WHERE ip = ?", [OFFICE + 2])
  await store.run(
    `INSERT INTO exclusion (site_id, first, last, reason, notes, created_at)
     VALUES (1, ?, ?, 'reserved', 'for the lift', NOW())`,
    [OFFICE + 7, OFFICE + 8],
  )
})
afterAll(() => database.drop())

const run = (...args: string[]) => runHere(database, addressesCommands, args)
const list = async (...args: string[]): Promise<Record<string, unknown>[]> => {
  const { code, out, err } = await run('addresses', '--format', 'json', ...args)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out)
}
const ipsOf = async (...args: string[]) => (await list(...args)).map((row) => row.ip)

describe('addresses', () => {
  test('are listed by IP with the standard columns', async () => {
    const rows = await list()
    expect(rows).toHaveLength(4)
    expect(rows[1]).toEqual({
      ip: '10.0.0.2',
      hostname: 'PC-2',
      percent_active: 50,
      active: 1,
      total: 2,
      last_active: iso(instantOf(dayBefore(), 0)),
      days_offline: Math.floor((NOW.getTime() - instantOf(dayBefore(), 0).getTime()) / 86_400_000),
      first_seen: iso(instantOf(dayBefore(), 0)),
    })
  })

  test('are matched, sorted, cut and limited to a network', async () => {
    expect(await ipsOf('--match', '^p')).toEqual(['10.0.0.1', '10.0.0.2'])
    expect(await ipsOf('--sort', '-percent_active,-ip', '--network', '10.0.0.0/28')).toEqual([
      '10.0.0.5',
      '10.0.0.1',
      '10.0.0.2',
    ])
    expect(await ipsOf('--network', 'Office', '--limit', '1', '--sort', '-ip')).toEqual([
      '10.0.0.5',
    ])
    expect(await ipsOf('--network', 'none')).toEqual(['10.9.0.1'])
    expect(await ipsOf('--limit', '0')).toEqual([])
  })

  test('show the columns that are asked for, and no formula in a CSV', async () => {
    const { out } = await run(
      ...['addresses', '--columns', 'ip,network,notes', '--format', 'csv', '--match', 'printer'],
    )
    expect(out).toBe("ip,network,notes\r\n10.0.0.1,10.0.0.0/28,'=1+1\r\n")
  })

  test.each([
    [['--sort', 'uptime'], '--sort: there is no column "uptime": choose ip, hostname, '],
    [['--columns', 'ip,x'], '--columns: there is no column "x": choose site, network, ip, '],
    [['--network', '10.1.0.0/24'], 'there is no network "10.1.0.0/24"'],
    [['--site', 'moon'], 'there is no site "moon": choose main'],
    [['--match', 'a(b'], '--match: "(" at character 2 is never closed'],
  ])('refuse %j and name the choices', async (args, message) => {
    const { code, err, out } = await run('addresses', ...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(message)
  })

  test('that are none say why', async () => {
    const { code, out, err } = await run('addresses', '--match', 'nothing')
    expect({ code, out, err }).toEqual({
      ...{ code: 0, out: '', err: 'None of 4 addresses is left by these options.\n' },
    })
  })

  test('name their site where there are several', async () => {
    const several = await makeDatabase()
    await several.store.run(
      "INSERT INTO site (id, name, time_zone, created_at) VALUES (1, 'main', 'UTC', NOW()), (2, 'b', 'UTC', NOW())",
    )
    for (const siteId of [1, 2]) {
      await fillTable(several.store, { siteId, first: OFFICE, count: 11_000, firstSeen: NOW })
    }
    const all = await runHere(several, addressesCommands, ['addresses', '--format', 'csv'])
    const lines = all.out.trimEnd().split('\r\n')
    expect(lines).toHaveLength(22_001)
    expect(lines[0]).toMatch(/^site,ip,hostname,/)
    expect(lines[1]).toMatch(/^main,10\.0\.0\.0,/)
    expect(lines[2]).toMatch(/^b,10\.0\.0\.0,/)
    const one = ['addresses', '--site', 'b', '--limit', '1', '--columns', 'ip', '--format', 'csv']
    expect((await runHere(several, addressesCommands, one)).out).toBe('ip\r\n10.0.0.0\r\n')
    await several.drop()
  })
})

describe('address', () => {
  test('shows who it is, its day and its last days', async () => {
    const { code, out, err } = await run('address', '10.0.0.1', '--days', '3')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(
      /^address {5}10\.0\.0\.1 {2}printer-1\nnetwork {5}10\.0\.0\.0\/28 \(Office\)\n/,
    )
    expect(out).toMatch(/^answered {4}2 of 2 sweeps \(100 %\)$/m)
    expect(out).toMatch(
      /^By time of day \(Europe\/Berlin\), 20 minutes each, now at \^:\n.*█.*\n00 /m,
    )
    expect(out).toMatch(/^The last 3 days \(UTC\), 30 minutes each:$/m)
    expect(out).toMatch(/^\d{4}-\d\d-\d\d {2}█ {47} {2}2 of 2 \(100 %\)$/m)
    expect(out).not.toContain('\u001b')
    expect(out.split('\n').every((line) => [...line].length <= 80)).toBe(true)
  })

  test('is drawn without block characters', async () => {
    const { out } = await run('address', '10.0.0.1', '--ascii')
    expect(out).toMatch(/^[\x20-\x7e\n]+$/)
  })

  test('gives all its 288 slots to programs', async () => {
    const { out } = await run('address', '10.0.0.2', '--format', 'json')
    const slots: { slot: number; time: string; active: number; total: number }[] = JSON.parse(out)
    expect(slots).toHaveLength(288)
    expect(slots[287]).toMatchObject({ ip: '10.0.0.2', slot: 287, time: '23:55' })
    expect(slots.reduce((sum, slot) => sum + slot.active, 0)).toBe(1)
    expect(slots.reduce((sum, slot) => sum + slot.total, 0)).toBe(2)
    const csv = await run('address', '10.0.0.2', '--format', 'csv')
    expect(csv.out.split('\r\n')[0]).toBe('ip,slot,time,active,total,percent_active')
  })

  test('that never answered still tells how often it was asked, and what excludes it', async () => {
    const { code, out } = await run('address', '10.0.0.7')
    expect(code).toBe(0)
    expect(out).toMatch(/^excluded {4}as reserved by 10\.0\.0\.7-10\.0\.0\.8: for the lift$/m)
    expect(out).toMatch(/^answered {4}never: asked in 2 sweeps since \d{4}-\d\d-\d\d$/m)
    expect(out).toContain('0 of 2 (0 %)')
    expect(out).not.toContain('By time of day')
  })

  test('outside any network says so, whether something is kept of it or not', async () => {
    expect((await run('address', '10.9.0.1')).out).toContain(
      'outside any network: what is known is kept, and nothing is counted',
    )
    const unknown = await run('address', '192.0.2.1')
    expect(unknown).toMatchObject({ code: 0, err: '' })
    expect(unknown.out).toBe(
      'address     192.0.2.1\nnetwork     outside any network: it is not watched\nanswered    never asked\n',
    )
  })

  test.each([
    [['010.0.0.1'], /"010\.0\.0\.1" is not an IPv4 address/],
    [['10.0.0.1', '--days', '0'], /Give a whole number from 1 to 400/],
    [['10.0.0.1', '--site', 'moon'], /there is no site "moon"/],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await run('address', ...args)
    expect(code).toBe(2)
    expect(err).toMatch(message)
  })
})

async function sweep(network: Network, slot: number, seen: readonly number[]): Promise<void> {
  const size = network.last - network.first + 1
  const counted = await count(database.store, {
    ...{ siteId: 1, networkId: network.id, range: network, slotAt: instantOf(dayBefore(), slot) },
    asked: Array.from({ length: size }, (_, index) => network.first + index),
    seen: seen.map((offset) => network.first + offset),
  })
  expect(counted.state).toBe('counted')
}

/** A day that is over, so that no slot of it lies in the future. */
function dayBefore() {
  return (TODAY - 1) as typeof TODAY
}

function iso(instant: Date): string {
  return instant.toISOString().replace('.000Z', 'Z')
}
