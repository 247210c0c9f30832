import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { JobContext } from '../../cron/context.js'
import { detectOs } from '../../cron/detect-os.js'
import { formatIp, parseIp } from '../../src/core/address/ip.js'
import { openLog } from '../../src/log.js'
import { setSetting } from '../../src/store/settings.js'
import { takeInChanges } from '../../src/store/system-intake.js'
import { listDueSystems } from '../../src/store/system-queue.js'
import { readSystem } from '../../src/store/systems.js'
import { readVendors } from '../../src/store/vendors.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { makeFakeOsNmap } from '../support/make-fake-nmap.js'
import { plantNetwork } from '../support/scanning.js'

const START = new Date('2026-03-01T10:02:00Z')
const after = (hours: number) => new Date(START.getTime() + hours * 3_600_000)
const ip = (text: string) => {
  const parsed = parseIp(text)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}

let database: TestDatabase
let siteId: number
let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ipspace-detect-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(async () => {
  database = await makeDatabase()
  siteId = (await plantNetwork(database.store, '127.0.0.0/24')).site.id
  return () => database.drop()
})

/** Addresses as a counted sweep of a moment ago left them. */
async function plant(text: string, now: Date, mac?: number): Promise<void> {
  const { store } = database
  await store.run('UPDATE change_sequence SET last = last + 1')
  await store.run(
    `INSERT INTO address (site_id, ip, ip_text, mac, first_seen, last_modified, changed_seq)
     SELECT ?, ?, ?, ?, ?, ?, last FROM change_sequence`,
    [siteId, ip(text), text, mac ?? null, now, now],
  )
  await store.run('INSERT INTO address_state (site_id, ip, active, total) VALUES (?, ?, 1, 1)', [
    siteId,
    ip(text),
  ])
  await see(now)
}

async function see(now: Date): Promise<void> {
  await database.store.run('UPDATE address_state SET last_active = ?', [
    new Date(now.getTime() - 120_000),
  ])
}

async function change(text: string, column: 'mac' | 'hostname', value: string | number) {
  const { store } = database
  await store.run('UPDATE change_sequence SET last = last + 1')
  await store.run(
    `UPDATE address SET ${column} = ?, changed_seq = (SELECT last FROM change_sequence) WHERE ip = ?`,
    [value, ip(text)],
  )
}

function context(mode: string, now: Date, given: Partial<JobContext> = {}): JobContext {
  return {
    store: database.store,
    log: openLog('test', 'silent'),
    nmapPath: makeFakeOsNmap(folder, mode),
    launch: [],
    engine: 'test',
    now,
    signal: new AbortController().signal,
    ...given,
  }
}

async function run(mode: string, now: Date): Promise<string> {
  await see(now)
  return detectOs(context(mode, now))
}

const read = (text: string) => readSystem(database.store, { siteId, ip: ip(text) })
const setting = (name: 'os.per_hour' | 'os.retry_days', value: string) =>
  setSetting(database.store, name, value, START)

async function askedAt(now: Date): Promise<string[]> {
  const rows = await database.store.query<{ ip: number }>(
    'SELECT ip FROM address_system WHERE asked_at = ? ORDER BY ip',
    [now],
  )
  return rows.map((row) => formatIp(row.ip))
}

describe('the job detect-os', () => {
  test('keeps what was told, on the address and beside it, with a row of history', async () => {
    await plant('127.0.0.1', START)
    expect(await run('honest', START)).toMatch(/^1 addresses asked, 1 told, 1 changed/)
    expect(await read('127.0.0.1')).toEqual({
      mac: undefined,
      vendor: undefined,
      isFragile: false,
      state: 'known',
      os: 'Linux 4.15 - 5.6',
      accuracy: 96,
      family: 'Linux',
      cpe: 'cpe:/o:linux:linux_kernel:4',
      type: 'linux',
      askedAt: START,
      toldAt: START,
      dueAt: after(30 * 24),
    })
    expect(await run('windows', after(1))).toMatch(/^0 addresses asked/)
    expect(await run('windows', after(30 * 24))).toMatch(/^1 addresses asked, 1 told, 1 changed/)
    expect(await run('windows', after(60 * 24))).toMatch(/^1 addresses asked, 1 told, 0 changed/)
    const history = await database.store.query(
      `SELECT field, old, \`new\`, source, changed_at, old_last_confirmed_at
       FROM address_change ORDER BY id`,
    )
    const row = { field: 'os', source: 'nmap' }
    expect(history).toEqual([
      {
        ...row,
        old: null,
        new: 'Linux 4.15 - 5.6',
        changed_at: START,
        old_last_confirmed_at: null,
      },
      {
        ...row,
        old: 'Linux 4.15 - 5.6',
        new: 'Microsoft Windows 10',
        changed_at: after(30 * 24),
        old_last_confirmed_at: START,
      },
    ])
  })

  test('the same system with more certainty is kept, and is no change in its history', async () => {
    await plant('127.0.0.1', START)
    await run('honest', START)
    expect(await run('surer', after(31 * 24))).toMatch(/^1 addresses asked, 1 told, 0 changed/)
    expect(await read('127.0.0.1')).toMatchObject({ os: 'Linux 4.15 - 5.6', accuracy: 99 })
    expect(await database.store.query('SELECT id FROM address_change')).toHaveLength(1)
  })

  test('a change of the system is a change of the address, for whoever follows them', async () => {
    await plant('127.0.0.1', START)
    const sequence = async () => {
      const [row] = await database.store.query<{ changed: number; last: number }>(
        'SELECT changed_seq AS changed, last FROM address JOIN change_sequence',
      )
      return row!
    }
    const before = await sequence()
    await run('honest', START)
    const changed = await sequence()
    expect(changed.changed).toBeGreaterThan(before.changed)
    expect(changed.changed).toBe(changed.last)
    await run('honest', after(31 * 24))
    expect(await sequence()).toEqual(changed)
  })

  test('what could not be told is kept, not retried for a week, and forgets nothing', async () => {
    await plant('127.0.0.1', START)
    await run('could-not-tell', START)
    expect(await read('127.0.0.1')).toMatchObject({
      state: 'could-not-tell',
      os: undefined,
      type: 'linux',
    })
    expect(await run('honest', after(7 * 24 - 1))).toMatch(/^0 addresses asked/)
    expect(await run('windows', after(7 * 24))).toMatch(/^1 addresses asked, 1 told/)
    await run('could-not-tell', after(40 * 24))
    expect(await read('127.0.0.1')).toMatchObject({
      state: 'could-not-tell',
      os: 'Microsoft Windows 10',
      type: 'windows',
      toldAt: after(7 * 24),
    })
    expect(await database.store.query('SELECT id FROM address_change')).toHaveLength(1)
  })

  test('the new come first, then the changed, then the longest unchecked', async () => {
    for (const last of [1, 2, 3]) await plant(`127.0.0.${last}`, after(last))
    await change('127.0.0.2', 'hostname', 'old.example')
    await setting('os.per_hour', '12')
    for (const last of [1, 2, 3]) expect(await run('honest', after(last))).toMatch(/^1 addresses/)
    const late = after(40 * 24)
    await change('127.0.0.2', 'hostname', 'OLD.example')
    await run('honest', late)
    expect(await askedAt(late)).toEqual(['127.0.0.1'])
    await change('127.0.0.2', 'hostname', 'new.example')
    await plant('127.0.0.9', late)
    const order = []
    for (const minutes of [5, 10, 15, 20]) {
      const now = new Date(late.getTime() + minutes * 60_000)
      await run('honest', now)
      order.push(...(await askedAt(now)))
    }
    expect(order).toEqual(['127.0.0.9', '127.0.0.2', '127.0.0.3'])
  })

  test('another MAC means another machine: it is asked again; the first name of one does not', async () => {
    await plant('127.0.0.1', START, 0x001b1b000001)
    await run('honest', START)
    await change('127.0.0.1', 'hostname', 'first.example')
    expect(await run('honest', after(1))).toMatch(/^0 addresses asked/)
    await change('127.0.0.1', 'mac', 0x02aabbccddee)
    expect(await run('honest', after(2))).toMatch(/^1 addresses asked/)
  })

  test('one whose MAC has just changed waits until its vendor is known', async () => {
    await plant('127.0.0.1', START)
    await plant('127.0.0.2', START)
    await takeInChanges(database.store, START, readVendors)
    await change('127.0.0.1', 'mac', 0x001b1b000001)
    const due = await listDueSystems(database.store, siteId, START, 10)
    expect(due.map((it) => formatIp(it.ip))).toEqual(['127.0.0.2'])
    await takeInChanges(database.store, START, readVendors)
    const [first] = await listDueSystems(database.store, siteId, START, 10)
    expect(first?.vendor).toMatch(/siemens/i)
  })

  test('vendors follow the MACs, and random MACs are marked as such', async () => {
    await setting('os.per_hour', '0')
    await plant('127.0.0.1', START, 0x001b1b000001)
    await plant('127.0.0.2', START, 0x02aabbccddee)
    await plant('127.0.0.3', START)
    expect(await run('honest', START)).toMatch(/^0 addresses asked.* 2 vendors found$/)
    const vendors = async () =>
      (await database.store.query('SELECT vendor FROM address ORDER BY ip')).map((it) => it.vendor)
    expect(await vendors()).toEqual([
      expect.stringMatching(/siemens/i),
      'locally administered',
      null,
    ])
    await change('127.0.0.2', 'mac', 0x00000c123456)
    expect(await run('honest', after(1))).toMatch(/1 vendors found$/)
    expect(await vendors()).toEqual([expect.anything(), expect.stringMatching(/^Cisco/), null])
    expect(await run('honest', after(2))).toMatch(
      /; 0 changed addresses looked at, 0 vendors found$/,
    )
  })

  test('no hour has more than its budget, however often the job runs', async () => {
    for (let last = 1; last <= 20; last++) await plant(`127.0.0.${last}`, START)
    await setting('os.per_hour', '14')
    for (let run_ = 0; run_ < 24; run_++) await run('honest', after(run_ / 24))
    const [row] = await database.store.query<{ asked: number }>(
      'SELECT COUNT(*) AS asked FROM address_system WHERE asked_at IS NOT NULL',
    )
    expect(row?.asked).toBe(14)
    await run('honest', after(1.01))
    expect(await askedAt(after(1.01))).toHaveLength(2)
  })

  test('who is away is not asked, and is not in the way of others', async () => {
    await setting('os.per_hour', '12')
    await plant('127.0.0.1', START)
    await plant('127.0.0.2', START)
    await database.store.run('UPDATE address_state SET last_active = ? WHERE ip = ?', [
      after(-1),
      ip('127.0.0.1'),
    ])
    await detectOs(context('honest', START))
    expect(await askedAt(START)).toEqual(['127.0.0.2'])
    expect(await read('127.0.0.1')).toMatchObject({ state: 'waiting', dueAt: after(1) })
  })

  test('an nmap that cannot be believed fails the job, names why, and says nothing of the address', async () => {
    await plant('127.0.0.1', START)
    await run('honest', START)
    await expect(run('stranger', after(31 * 24))).rejects.toThrow(/which was not asked/)
    expect(await read('127.0.0.1')).toMatchObject({ state: 'failed', os: 'Linux 4.15 - 5.6' })
    await expect(run('sendto', after(32 * 24))).rejects.toThrow(/could not send/)
    expect(await database.store.query('SELECT id FROM address_change')).toHaveLength(1)
  })

  test('a site of another engine is left to that', async () => {
    await plant('127.0.0.1', START)
    await database.store.run("UPDATE site SET engine = 'branch'")
    expect(await run('honest', START)).toMatch(/^0 addresses asked/)
    await detectOs(context('honest', START, { engine: 'branch' }))
    expect(await askedAt(START)).toEqual(['127.0.0.1'])
  })

  test('two at once never ask the same address', async () => {
    for (let last = 1; last <= 10; last++) await plant(`127.0.0.${last}`, START)
    const both = await Promise.all([
      detectOs(context('honest', START)),
      detectOs(context('honest', START)),
    ])
    const asked = both.map((line) => Number(line.split(' ')[0]))
    expect(asked[0]! + asked[1]!).toBe((await askedAt(START)).length)
  })
})
