import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { refresh } from '../../cron/refresh.js'
import { openLog } from '../../src/log.js'
import { auditAll } from '../../src/store/audit.js'
import { readEngine } from '../../src/store/engines.js'
import { count } from '../support/counted.js'
import { makeDatabase } from '../support/database.js'
import { type FakedTime, fakeTime, isFakedTimeHere } from '../support/faked-time.js'
import { Ledger, readPages } from '../support/ledger.js'
import { isRoot } from '../support/routed-pair.js'
import { type ScannerProcess, startScanner } from '../support/scanner-process.js'
import { plantNetwork } from '../support/scanning.js'

const HERE = 'test/faults/clock.test.ts'
const START = new Date('2026-05-04T10:00:02Z')
const ZONE = 'Europe/Berlin'
const ADDRESSES = Array.from({ length: 14 }, (_, i) => 0x7f000001 + i)
/** Berlin's clock in May, without asking anybody for it. */
const wallSlot = (slotAt: Date) => (slotAt.getUTCHours() + 2) * 12 + slotAt.getUTCMinutes() / 5
/** Longer than a scanner needs to see that there is something to do. */
const FEW_TICKS_MS = 3_000

describe.skipIf(!isFakedTimeHere(HERE) || !isRoot)('the clock of database and scanner', () => {
  let time: FakedTime
  let scanner: ScannerProcess

  beforeEach(async () => {
    time = await fakeTime(START)
    await plantNetwork(time.store, '127.0.0.0/28')
  })
  afterEach(async () => {
    await scanner.stop()
    await time.end()
  })

  function start(environment = time.environment): ScannerProcess {
    const { address, folder } = time
    return startScanner({ engine: 'clock', address, folder, environment })
  }

  const slots = async () => {
    const rows = await time.store.query<{ slot_at: Date; state: string }>(
      'SELECT slot_at, state FROM sweep ORDER BY id',
    )
    return rows.map((row) => `${row.slot_at.toISOString().slice(5, 16)} ${row.state}`)
  }

  /** The slots in the order in which they were swept, when that many have come to their end. */
  async function slotsAre(expected: readonly string[]): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      const found = await slots()
      if (found.length >= expected.length && !found.some((slot) => slot.endsWith('running'))) break
      await pause(100)
    }
    expect(await slots()).toEqual(expected)
  }

  test('steps forth and back: no slot twice, none made up, counters equal to the ledger', async () => {
    scanner = start()
    await slotsAre(['05-04T10:00 counted'])
    const { token } = (await readEngine(time.store, 'clock'))!
    time.advance(300)
    await slotsAre(['05-04T10:00 counted', '05-04T10:05 counted'])
    time.advance(3_600)
    const forth = ['05-04T10:00 counted', '05-04T10:05 counted', '05-04T11:05 counted']
    await slotsAre(forth)
    time.advance(-7_200)
    const back = [...forth, '05-04T09:05 counted']
    await slotsAre(back)
    time.advance(3_300)
    await pause(FEW_TICKS_MS)
    await slotsAre(back)
    time.advance(600)
    await slotsAre([...back, '05-04T10:10 counted'])
    expect((await readEngine(time.store, 'clock'))?.token).toBe(token)
    await agreesWithLedger(['10:00', '10:05', '11:05', '09:05', '10:10'])
  })

  test('days of downtime: nothing is made up, and each nightly job is caught up once', async () => {
    scanner = start()
    await slotsAre(['05-04T10:00 counted'])
    scanner.kill('SIGKILL')
    await scanner.ended
    time.advance(3 * 86_400)
    scanner = start()
    await slotsAre(['05-04T10:00 counted', '05-07T10:00 counted'])
    await pause(FEW_TICKS_MS)
    expect(scanner.said().match(/"job":"(refresh|purge)"/g)).toEqual([
      '"job":"refresh"',
      '"job":"purge"',
    ])
    expect(scanner.said()).toContain('1 block days folded, 14 counters raised, 0 drifts')
    const jobs = await time.store.query<{ next: string }>(
      "SELECT DATE_FORMAT(next_run_at, '%m-%d') AS next FROM job WHERE name IN ('refresh', 'purge')",
    )
    expect(jobs.map((job) => job.next)).toEqual(['05-08', '05-08'])
    await agreesWithLedger(['10:00', '05-07T10:00'])
  })

  test.each([31, -31])(
    'a machine that is %i s ahead of the database sweeps nothing and says so',
    async (seconds) => {
      scanner = start(time.ahead(seconds).environment)
      await slotsAre(['05-04T10:00 missed'])
      const reason = /this machine's clock is 31 s off the database's: set it/
      expect((await readEngine(time.store, 'clock'))?.problem).toMatch(reason)
      const [sweep] = await time.store.query<{ error: string }>('SELECT error FROM sweep')
      expect(sweep?.error).toMatch(reason)
      expect(await readPages(time.store, ZONE)).toEqual({})
    },
  )

  test.each([29, -29])('one that is %i s ahead sweeps', async (seconds) => {
    scanner = start(time.ahead(seconds).environment)
    await slotsAre(['05-04T10:00 counted'])
  })

  test('one whose clock is set back two hours keeps its name, says what is wrong, and goes on when it is right', async () => {
    const own = time.ahead(0)
    scanner = start(own.environment)
    await slotsAre(['05-04T10:00 counted'])
    const { token } = (await readEngine(time.store, 'clock'))!
    own.advance(-7_200)
    time.advance(300)
    await slotsAre(['05-04T10:00 counted', '05-04T10:05 missed'])
    for (let tries = 0; tries < 100; tries++) {
      if ((await readEngine(time.store, 'clock'))?.problem !== undefined) break
      await pause(100)
    }
    const engine = await readEngine(time.store, 'clock')
    expect(engine).toMatchObject({
      token,
      problem: expect.stringMatching(/clock is 7[0-9]+ s off/),
    })
    own.advance(7_500)
    time.advance(300)
    own.advance(300)
    await slotsAre(['05-04T10:00 counted', '05-04T10:05 missed', '05-04T10:10 counted'])
  })

  async function agreesWithLedger(times: readonly string[]): Promise<void> {
    const ledger = new Ledger(wallSlot)
    for (const text of times) {
      const slotAt = new Date(`2026-${text.includes('T') ? text : `05-04T${text}`}:00Z`)
      ledger.enter(slotAt, ADDRESSES, () => true)
    }
    expect(await readPages(time.store, ZONE)).toEqual(ledger.allPages())
    for await (const audit of auditAll(time.store)) expect(audit.drifts).toEqual([])
  }
})

test('a clock that was days ahead and is set right: a folded day goes on, counters equal to the ledger', async () => {
  const database = await makeDatabase()
  const { store } = database
  const { site, network } = await plantNetwork(store, '10.0.0.0/28')
  const ledger = new Ledger(wallSlot)
  const sweep = async (slotAt: Date, isThere: (ip: number) => boolean) => {
    const asked = Array.from({ length: 14 }, (_, i) => network.first + 1 + i)
    const { first, last } = network
    const ids = { siteId: site.id, networkId: network.id, range: { first, last } }
    await count(store, { ...ids, slotAt, asked, seen: asked.filter(isThere) })
    ledger.enter(slotAt, asked, isThere)
  }
  const fold = (now: string) =>
    refresh({
      ...{ store, log: openLog('test', 'silent'), now: new Date(now) },
      signal: new AbortController().signal,
    })
  await sweep(new Date('2026-05-04T10:00:00Z'), () => true)
  expect(await fold('2026-05-06T10:00:00Z')).toContain('14 counters raised, 0 drifts')
  await sweep(new Date('2026-05-06T10:00:00Z'), () => true)
  await sweep(new Date('2026-05-04T10:05:00Z'), (ip) => ip % 2 === 0)
  expect(await readPages(store, ZONE)).toEqual(ledger.allPages())
  expect(await fold('2026-05-08T10:00:00Z')).toContain('0 drifts')
  expect(await readPages(store, ZONE)).toEqual(ledger.allPages())
  for await (const audit of auditAll(store)) expect(audit.drifts).toEqual([])
  await database.drop()
})
