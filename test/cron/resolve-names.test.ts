import { afterAll, beforeAll, expect, test } from 'vitest'
import { resolveNames } from '../../cron/resolve-names.js'
import type { Range } from '../../src/core/address/network.js'
import { openLog } from '../../src/log.js'
import { setSetting } from '../../src/store/settings.js'
import { ensureMainSite } from '../../src/store/sites.js'
import { count } from '../support/counted.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { type Dnsmasq, startDnsmasq } from '../support/dnsmasq.js'

// Loopback, so that what is asked over NetBIOS and mDNS stays on this machine too.
const BASE = 0x7f090000
const RANGE = { first: BASE, last: BASE + 511 } as Range
const START = new Date('2026-05-04T10:05:00Z')
const QUARTER_MS = 900_000

let database: TestDatabase
let dnsmasq: Dnsmasq
let quarters = 0

beforeAll(async () => {
  database = await makeDatabase()
  dnsmasq = await startDnsmasq()
  const { store } = database
  const site = await ensureMainSite(store, 'Europe/Berlin', START)
  await setSetting(store, 'names.resolvers', `127.0.0.1:${dnsmasq.port}`, START)
  const ips = Array.from({ length: 200 }, (_, offset) => BASE + offset)
  const sweep = { siteId: site.id, networkId: 1, range: RANGE, slotAt: START }
  await count(store, { ...sweep, asked: ips, seen: ips })
})
afterAll(async () => {
  await dnsmasq.drop()
  await database.drop()
})

/** One round, a quarter of an hour after the one before: every name is due again. */
async function resolve(): Promise<string> {
  const { store } = database
  const now = new Date(START.getTime() + quarters++ * QUARTER_MS)
  const { signal } = new AbortController()
  const log = openLog('test', 'silent')
  return resolveNames({ store, log, now, signal, engine: 'test', nmapPath: '', launch: [] })
}

const namesFrom = (prefix: (offset: number) => string | undefined) =>
  new Map(
    Array.from({ length: 200 }, (_, offset) => offset).flatMap((offset) => {
      const name = prefix(offset)
      return name === undefined ? [] : [[BASE + offset, name] as const]
    }),
  )

async function readChanges(after = 0) {
  return database.store.query<{ id: number; ip: number; old: string | null; new: string | null }>(
    'SELECT id, ip, old, `new`, source, changed_at, old_last_confirmed_at FROM address_change WHERE id > ? ORDER BY id',
    [after],
  )
}

async function lastId(): Promise<number> {
  return (await readChanges()).at(-1)?.id ?? 0
}

const readEvents = () =>
  database.store.query<{ kind: string }>('SELECT kind, text FROM event ORDER BY id')

test('each address that has a PTR record gets its name, and one row of history', async () => {
  await dnsmasq.name(namesFrom((offset) => (offset < 190 ? `Host${offset}.test` : undefined)))
  await resolve()
  const changes = await readChanges()
  expect(changes).toHaveLength(190)
  expect(changes[0]).toMatchObject({ old: null, source: 'ptr', changed_at: START })
  const [row] = await database.store.query(
    `SELECT a.hostname, a.hostname_folded, a.name_source, a.changed_seq > 0 AS is_seen, c.forward
     FROM address a JOIN name_check c USING (site_id, ip) WHERE a.ip = ?`,
    [BASE + 7],
  )
  expect(row).toMatchObject({ name_source: 'ptr', is_seen: 1, forward: 'match' })
  expect(String(row?.hostname_folded)).toBe('host7.test')
})

test('nothing is asked before its time', async () => {
  quarters -= 0.5
  expect(await resolve()).toMatch(/^0 names/)
  quarters -= 0.5
})

test('renaming 100 records yields exactly 100 rows', async () => {
  const before = await lastId()
  await dnsmasq.name(
    namesFrom((offset) =>
      offset < 100 ? `new${offset}.test` : offset < 190 ? `HOST${offset}.test` : undefined,
    ),
  )
  await resolve()
  const changes = await readChanges(before)
  expect(changes).toHaveLength(100)
  expect(changes.every((it) => it.new === `new${it.ip - BASE}.test`)).toBe(true)
  expect(changes[0]).toMatchObject({ old_last_confirmed_at: START })
})

test('a resolver that is dead for an hour changes nothing, and raises one event', async () => {
  const before = await lastId()
  await dnsmasq.stop()
  for (let round = 0; round < 4; round++) await resolve()
  expect(await readChanges(before)).toEqual([])
  expect((await readEvents()).map(({ kind }) => kind)).toEqual(['resolver-failing'])
  const [row] = await database.store.query<{ failures: number; named: number }>(
    `SELECT (SELECT MAX(failures) FROM name_check) AS failures,
       (SELECT COUNT(hostname) FROM address) AS named`,
  )
  expect(row).toMatchObject({ named: 190 })
  expect(row?.failures).toBeGreaterThan(0)
})

test('when it answers again that is told once, and nothing has changed', async () => {
  const before = await lastId()
  await dnsmasq.start()
  await resolve()
  await resolve()
  expect(await readChanges(before)).toEqual([])
  expect((await readEvents()).map(({ kind }) => kind)).toEqual([
    'resolver-failing',
    'resolver-answering',
  ])
})

test('a name that is gone from DNS is lost', async () => {
  const before = await lastId()
  await dnsmasq.name(
    namesFrom((offset) => (offset > 0 && offset < 100 ? `new${offset}.test` : undefined)),
  )
  await resolve()
  const changes = await readChanges(before)
  expect(changes).toHaveLength(91)
  expect(changes.every((it) => it.new === null)).toBe(true)
})

test('who comes back is asked before its time', async () => {
  const { store } = database
  const ips = [BASE + 1]
  const sweep = { siteId: 1, networkId: 1, range: RANGE, asked: ips }
  const at = (ms: number) => new Date(START.getTime() + (quarters - 1) * QUARTER_MS + ms)
  await store.run('UPDATE name_check SET due_at = ?', [at(86_400_000)])
  await count(store, { ...sweep, seen: [], slotAt: at(300_000) })
  await count(store, { ...sweep, seen: ips, slotAt: at(600_000) })
  await dnsmasq.name(new Map([[BASE + 1, 'moved.test']]))
  expect(await resolve()).toBe('1 names asked for, 1 changed')
  expect((await readChanges()).at(-1)).toMatchObject({ ip: BASE + 1, new: 'moved.test' })
})
