import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Catalog, openCatalog } from '../../src/catalog/catalog.js'
import type { CatalogPage, CatalogQuery } from '../../src/catalog/query.js'
import { instantOf, parseDay } from '../../src/core/uptime/slot.js'
import { openLog } from '../../src/log.js'
import { readAddress } from '../../src/store/addresses.js'
import { readCounters } from '../../src/store/counters.js'
import { migrate } from '../../src/store/migrate.js'
import type { Network } from '../../src/store/networks.js'
import { DatabaseUnavailable, openStore, type Store } from '../../src/store/pool.js'
import { type PrivateServer, startPrivateServer } from '../../src/store/private-server.js'
import { count } from '../support/counted.js'
import { plantNetwork } from '../support/scanning.js'

const FIRST = 0x0a000000
const DAY = parseDay('2026-03-02')
const EVERYTHING: CatalogQuery = { offset: 0, limit: 10, now: instantOf(DAY, 100) }

let folder: string
let server: PrivateServer
let store: Store
let network: Network
let catalog: Catalog
const workers: Worker[] = []
const keepWorker = (worker: Worker) => workers.push(worker)

beforeAll(async () => {
  process.on('worker', keepWorker)
  folder = mkdtempSync(path.join(tmpdir(), 'ipspace-catalog-'))
  server = await startPrivateServer(folder)
  store = openStore(addressOf(server))
  await migrate(store, 'test')
  network = (await plantNetwork(store, '10.0.0.0/24')).network
})
afterAll(async () => {
  process.off('worker', keepWorker)
  await store.close()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  catalog = openCatalog(addressOf(server), openLog('test', 'silent'))
})
afterEach(() => catalog.close())

test('answers wait until everything was read, and follow what is counted', async () => {
  expect(catalog.isReady).toBe(false)
  expect((await ask()).matched).toBe(0)
  expect(catalog.isReady).toBe(true)
  await sweep(10, [FIRST + 1, FIRST + 9])
  const page = await askUntil(({ matched }) => matched === 2)
  expect(page.rows.map((row) => row.ip)).toEqual([FIRST + 1, FIRST + 9])
  expect(page.asOf).toBeInstanceOf(Date)
})

test('strips come out of the thread as the database has them', async () => {
  await sweep(11, [FIRST + 1])
  const page = await askUntil(({ rows }) => rows[0]?.active === 2)
  const strips = await catalog.strips(page.rows)
  for (const row of page.rows) {
    const address = await readAddress(store, row)
    const expected = await readCounters(store, row, address?.firstSeen, 'Europe/Berlin')
    expect(strips.get(`1/${row.ip}`)).toEqual({ active: expected.active, total: expected.total })
  }
  expect(await catalog.strips([])).toEqual(new Map())
})

test('a bad pattern is an answer, not an error', async () => {
  const answer = await catalog.ask({ ...EVERYTHING, match: '(' })
  expect(answer).toMatchObject({ ok: false, error: expect.stringContaining('character 1') })
})

test('a thread that dies is started again, and whoever waits is answered', async () => {
  await ask()
  await workers.at(-1)!.terminate()
  expect(catalog.isReady).toBe(false)
  expect((await ask()).matched).toBe(2)
  expect(catalog.isReady).toBe(true)
})

test('questions asked together are all answered, each with its own answer', async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      catalog.ask({ ...EVERYTHING, limit: index % 3, match: index % 2 ? '.' : '' }),
    ),
  )
  expect(answers.map((answer) => answer.ok && answer.value.rows.length)).toEqual(
    answers.map((_, index) => index % 3),
  )
})

test('while the database is away pages are answered from memory, and it heals by itself', async () => {
  const before = await ask()
  server.process.kill('SIGKILL')
  await expect(catalog.strips(before.rows)).rejects.toThrow(DatabaseUnavailable)
  await pause(1_500)
  expect((await ask()).rows).toEqual(before.rows)
  server = await startPrivateServer(folder)
  await sweep(12, [FIRST + 77])
  await askUntil(({ matched }) => matched === 3)
})

test('without a database there is an answer in time: that there is none', async () => {
  const nowhere = openCatalog(
    { socketPath: path.join(folder, 'no-such') },
    openLog('test', 'silent'),
  )
  await expect(nowhere.ask(EVERYTHING)).rejects.toThrow(DatabaseUnavailable)
  expect(nowhere.isReady).toBe(false)
  await nowhere.close()
})

test('a catalog that is closed leaves nobody waiting', async () => {
  const closed = openCatalog(addressOf(server), openLog('test', 'silent'))
  const asked = expect(closed.ask(EVERYTHING)).rejects.toThrow(DatabaseUnavailable)
  await closed.close()
  await asked
})

function addressOf({ socketPath, database }: PrivateServer) {
  return { socketPath, database }
}

async function ask(query: CatalogQuery = EVERYTHING): Promise<CatalogPage> {
  const answer = await catalog.ask(query)
  if (!answer.ok) throw new Error(answer.error)
  return answer.value
}

async function askUntil(isEnough: (page: CatalogPage) => boolean): Promise<CatalogPage> {
  for (let tries = 0; tries < 200; tries++) {
    const page = await ask()
    if (isEnough(page)) return page
    await pause(50)
  }
  throw new Error('the catalog did not follow')
}

async function sweep(slot: number, seen: readonly number[]): Promise<void> {
  const asked = Array.from({ length: 256 }, (_, index) => FIRST + index)
  const { id, siteId } = network
  const slotAt = instantOf(DAY, slot)
  await count(store, { siteId, networkId: id, range: network, slotAt, asked, seen })
}
