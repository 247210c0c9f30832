import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EngineTaken, holdEngine, identify } from '../../cron/engine-name.js'
import { auditAll } from '../../src/store/audit.js'
import { readEngine, takeEngine } from '../../src/store/engines.js'
import type { Network } from '../../src/store/networks.js'
import { readClock } from '../../src/store/sweeps.js'
import { type Lab, makeLab } from '../lab/lab.js'
import { isLabHere } from '../lab/lab-here.js'
import { count } from '../support/counted.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { type FakedTime, fakeTime, isFakedTimeHere } from '../support/faked-time.js'
import { Ledger, readPages } from '../support/ledger.js'
import { type ScannerProcess, startScanner } from '../support/scanner-process.js'
import { plantNetwork } from '../support/scanning.js'

const HERE = 'test/faults/two-scanners.test.ts'
const START = new Date('2026-05-04T10:00:02Z')
const ZONE = 'Europe/Berlin'
/** Berlin's clock in May, without asking anybody for it. */
const wallSlot = (slotAt: Date) => (slotAt.getUTCHours() + 2) * 12 + slotAt.getUTCMinutes() / 5

describe.skipIf(!isLabHere(HERE) || !isFakedTimeHere(HERE))('two scanners on one database', () => {
  let lab: Lab
  let time: FakedTime
  let scanners: ScannerProcess[]

  beforeEach(async () => {
    lab = await makeLab({ answering: ['10.1.0.0/16'], silent: ['10.1.0.64/26'] })
    time = await fakeTime(START)
    scanners = []
  })
  afterEach(async () => {
    for (const scanner of scanners) scanner.kill('SIGKILL')
    await Promise.all(scanners.map((scanner) => scanner.ended))
    await time.end()
    await lab.remove()
  })

  function start(engine: string, environment = time.environment): ScannerProcess {
    const { address, folder } = time
    const scanner = startScanner({ engine, address, folder, environment, around: lab.launch })
    scanners.push(scanner)
    return scanner
  }

  async function plant(range: string, packetsPerSecond = 500): Promise<Network> {
    return (await plantNetwork(time.store, range, packetsPerSecond)).network
  }

  async function readSweeps(slot: string) {
    return time.store.query<{ network_id: number; state: string; error: string; engine: string }>(
      'SELECT network_id, state, error, engine FROM sweep WHERE slot_at = ? ORDER BY network_id',
      [new Date(`2026-05-04T${slot}:00Z`)],
    )
  }

  async function sweepsAre(slot: string, states: readonly string[]): Promise<void> {
    for (let tries = 0; tries < 400; tries++) {
      const found = (await readSweeps(slot)).map((row) => row.state)
      if (String(found) === String(states)) return
      await pause(50)
    }
    expect((await readSweeps(slot)).map((row) => row.state)).toEqual(states)
  }

  async function leaseIsFresh(engine: string): Promise<void> {
    const isFresh = async () => {
      const { aliveUntil } = (await readEngine(time.store, engine))!
      return aliveUntil > (await readClock(time.store))
    }
    while (!(await isFresh())) await pause(50)
  }

  test('the second of one name ends with 1 and names the first', async () => {
    const first = start('one')
    await first.ready
    const second = start('one')
    expect(await second.ended).toEqual([1, null])
    const named = `another scanner is engine "one": process ${first.process.pid} on ${hostname()}`
    expect(second.said()).toContain(named)
    expect((await readEngine(time.store, 'one'))?.process).toMatch(`${first.process.pid} `)
  })

  test('of different names, started at one instant, share the networks and count no slot twice', async () => {
    const ranges = Array.from({ length: 8 }, (_, i) => `10.1.${i >> 2}.${(i & 3) * 64}/26`)
    for (const range of ranges) await plant(range)
    start('one')
    start('two')
    const all = ranges.map(() => 'counted')
    await sweepsAre('10:00', all)
    time.advance(300)
    await sweepsAre('10:05', all)
    const ledger = new Ledger(wallSlot)
    for (const slot of ['10:00', '10:05']) {
      for (let base = 0x0a010000; base < 0x0a010000 + 512; base += 64) {
        const asked = Array.from({ length: 62 }, (_, i) => base + 1 + i)
        const isThere = (ip: number) => ip < 0x0a010040 || ip >= 0x0a010080
        ledger.enter(new Date(`2026-05-04T${slot}:00Z`), asked, isThere)
      }
    }
    expect(await readPages(time.store, ZONE)).toEqual(ledger.allPages())
  })

  test('one that is not well leaves the networks to the other', async () => {
    for (let i = 0; i < 8; i++) await plant(`10.1.4.${i * 32}/27`)
    const { environment } = time.ahead(40)
    const sick = start('sick', environment)
    await sick.ready
    await sweepsAre('10:00', Array(8).fill('missed'))
    const well = start('well')
    await well.ready
    time.set(new Date('2026-05-04T10:04:50Z'))
    await leaseIsFresh('well')
    await sweepsAre('10:05', Array(8).fill('counted'))
  })

  test('an owner that is stopped past its lease is fenced off: it writes nothing and ends', async () => {
    const network = await plant('10.1.0.0/25', 30)
    const first = start('one')
    await sweepsAre('10:00', ['running'])
    first.kill('SIGSTOP')
    const early = start('one')
    expect(await early.ended).toEqual([1, null])
    time.advance(21)
    await start('one').ready
    await sweepsAre('10:00', ['failed'])
    const failed = await readSweeps('10:00')
    expect(failed[0]?.error).toBe('its scanner ended before it could be counted')
    // Its nmap goes on meanwhile, and will have found half of the network.
    await pause(5_000)
    first.kill('SIGCONT')
    await endsAndWroteNothing(first, failed)
    time.advance(300)
    await sweepsAre('10:05', ['counted'])
    expect(await sumsOf(network)).toEqual({ '1/1': 63 })
  }, 60_000)

  test('so is one that is stopped on the threshold of its counting', async () => {
    const network = await plant('10.1.0.0/25')
    const first = start('one')
    await sweepsAre('10:00', ['running'])
    const held = await time.store.transaction(async (tx) => {
      await tx.query('SELECT id FROM network WHERE id = ? FOR UPDATE', [network.id])
      // The server renews this list only where it was not read for 100 ms.
      while (!(await waitsForNetwork())) await pause(150)
      first.kill('SIGSTOP')
      time.advance(21)
      await start('one').ready
      return readSweeps('10:00')
    })
    expect(held.map((sweep) => sweep.state)).toEqual(['failed'])
    first.kill('SIGCONT')
    await endsAndWroteNothing(first, held)
    expect(first.said()).toContain('this sweep is failed already')
  }, 120_000)

  async function endsAndWroteNothing(scanner: ScannerProcess, sweeps: object[]): Promise<void> {
    expect(await scanner.ended).toEqual([3, null])
    expect(scanner.said()).toContain('another scanner has taken the name one: this one ends')
    for (const table of ['address', 'address_state', 'presence_slot']) {
      expect(await time.store.query(`SELECT * FROM ${table}`)).toEqual([])
    }
    expect(await readSweeps('10:00')).toEqual(sweeps)
  }

  async function waitsForNetwork(): Promise<boolean> {
    const waiting = await time.store.query(
      `SELECT 1 FROM information_schema.INNODB_LOCK_WAITS w
       JOIN information_schema.INNODB_LOCKS l ON l.lock_id = w.requested_lock_id
       WHERE l.lock_mode = 'X' AND l.lock_table LIKE '%network%'`,
    )
    return waiting.length > 0
  }

  async function sumsOf(network: Network): Promise<Record<string, number>> {
    const rows = await time.store.query<{ sums: string; addresses: number }>(
      `SELECT CONCAT(active, '/', total) AS sums, COUNT(*) AS addresses FROM address_state
       WHERE ip BETWEEN ? AND ? GROUP BY sums`,
      [network.first, network.last],
    )
    return Object.fromEntries(rows.map((row) => [row.sums, row.addresses]))
  }
})

describe('the name of an engine', () => {
  let database: TestDatabase
  beforeEach(async () => {
    database = await makeDatabase()
  })
  afterEach(() => database.drop())

  /** Whoever has the name, as its row says; the lease is fresh. */
  async function hold(change: { machine?: string; process?: string }) {
    const holder = { ...identify('one', randomUUID()), ...change }
    expect((await takeEngine(database.store, holder, undefined)).token).toBe(holder.token)
    const me = identify('one', randomUUID())
    return { me, taken: holdEngine(database.store, me, new AbortController().signal) }
  }

  test.each([
    ['lives on this machine', {}],
    ['lives on another machine', { machine: 'elsewhere 0d9e0d9e' }],
    ['lives on another machine of the same name', { machine: `${hostname()} 0d9e0d9e` }],
  ])('stays with a holder that %s', async (_, change) => {
    await expect((await hold(change)).taken).rejects.toThrow(EngineTaken)
  })

  test.each([
    ['a process that is gone', `${2 ** 22 + 1} 7`],
    ['a process whose id another one has by now', `${process.pid} 7`],
  ])('is taken at once from %s', async (_, process) => {
    const { me, taken } = await hold({ process })
    await taken
    expect((await readEngine(database.store, 'one'))?.token).toBe(me.token)
  })
})

test('two sweeps of one network may be counted at the same instant, one behind the other', async () => {
  const database = await makeDatabase()
  const { site, network } = await plantNetwork(database.store, '10.0.0.0/24')
  const { first, last } = network
  const slots = Array.from(
    { length: 40 },
    (_, i) => Date.parse('2026-05-04T10:00:00Z') + i * 300_000,
  )
  for (let i = 0; i < slots.length; i += 2) {
    const counts = [slots[i]!, slots[i + 1]!].map((slot) =>
      count(database.store, {
        siteId: site.id,
        networkId: network.id,
        range: { first, last },
        slotAt: new Date(slot),
        asked: Array.from({ length: 256 }, (_, offset) => first + offset),
        seen: Array.from({ length: 6 }, (_, offset) => first + i * 3 + offset),
      }),
    )
    await Promise.all(counts)
  }
  const rows = await database.store.query<{ first_seen: Date; active: number; total: number }>(
    'SELECT first_seen, active, total FROM address JOIN address_state USING (site_id, ip)',
  )
  expect(rows).toHaveLength(120)
  for (const { first_seen, active, total } of rows) {
    const since = slots.indexOf(first_seen.getTime())
    expect([active, total]).toEqual([since % 2 === 0 ? 2 : 1, slots.length - since])
  }
  for await (const audit of auditAll(database.store)) expect(audit.drifts).toEqual([])
  await database.drop()
})
