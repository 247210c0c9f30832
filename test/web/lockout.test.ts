import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  countTry,
  forgetTries,
  TRIES_PER_WINDOW,
  takeBackTry,
  WINDOW_MS,
} from '../../src/store/login-attempts.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { makeUser, PASSWORD, startTestWeb, type TestWeb, Visitor } from '../support/web.js'

let database: TestDatabase
let first: TestWeb
let second: TestWeb
beforeAll(async () => {
  database = await makeDatabase()
  first = await startTestWeb(database)
  second = await startTestWeb(database)
  await makeUser(database.store, 'admin', 'administrator')
  await makeUser(database.store, 'other')
})
afterAll(async () => {
  await first.close()
  await second.close()
  await database.drop()
})
beforeEach(() => database.store.run('DELETE FROM login_attempt'))

const NOW = new Date('2026-03-01T12:00:00Z')
const later = (ms: number) => new Date(NOW.getTime() + ms)

test('after five wrong tries over two servers even the right password is refused, with the time to wait', async () => {
  for (let attempt = 0; attempt < TRIES_PER_WINDOW; attempt++) {
    const url = attempt % 2 === 0 ? first.url : second.url
    expect((await new Visitor(url).logIn('admin', 'wrong password')).status).toBe(401)
  }
  for (const url of [first.url, second.url]) {
    const refused = await new Visitor(url).logIn('admin', PASSWORD)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(WINDOW_MS / 1_000)
    expect(refused.text).toMatch(/Too many tries\. Try again in \d minutes\./)
  }
})

test('tries made all at once are each counted', async () => {
  const visitors = Array.from({ length: 12 }, (_, i) => new Visitor(i % 2 ? first.url : second.url))
  const answers = await Promise.all(visitors.map((it) => it.logIn('admin', 'wrong password')))
  expect(answers.filter((it) => it.status === 401)).toHaveLength(TRIES_PER_WINDOW)
  expect(answers.filter((it) => it.status === 429)).toHaveLength(12 - TRIES_PER_WINDOW)
})

test('logging in as often as one likes uses up no tries', async () => {
  for (let attempt = 0; attempt < TRIES_PER_WINDOW + 3; attempt++) {
    expect((await new Visitor(first.url).logIn('admin')).status).toBe(303)
  }
})

test('one address has five tries over all accounts, and one account five over all addresses', async () => {
  const { store } = database
  const tries = async (pairs: [string, string][]) => {
    const allowed: boolean[] = []
    for (const [account, client] of pairs) {
      allowed.push((await countTry(store, account, client, NOW)).isAllowed)
    }
    return allowed
  }
  const accounts = Array.from({ length: 6 }, (_, i): [string, string] => [`user${i}`, '192.0.2.1'])
  expect(await tries(accounts)).toEqual([true, true, true, true, true, false])
  const clients = Array.from({ length: 6 }, (_, i): [string, string] => [
    'admin',
    `192.0.2.${i + 9}`,
  ])
  expect(await tries(clients)).toEqual([true, true, true, true, true, false])
  expect(await tries([['ADMIN', '192.0.2.99']])).toEqual([false])
})

test('an address that has no tries left cannot shut an account', async () => {
  const { store } = database
  for (let attempt = 0; attempt < 20; attempt++)
    await countTry(store, `x${attempt}`, '192.0.2.1', NOW)
  for (let attempt = 0; attempt < 20; attempt++) await countTry(store, 'admin', '192.0.2.1', NOW)
  expect(await countTry(store, 'admin', '192.0.2.2', NOW)).toEqual({ isAllowed: true })
  const rows = await store.query('SELECT `key` FROM login_attempt')
  expect(rows.length).toBeLessThanOrEqual(TRIES_PER_WINDOW + 3)
})

test('the window is short and counted from its first try, so that failing on does not prolong it', async () => {
  const { store } = database
  for (let attempt = 0; attempt < 9; attempt++) {
    await countTry(store, 'admin', '192.0.2.1', later(attempt * 30_000))
  }
  const refused = await countTry(store, 'admin', '192.0.2.1', later(WINDOW_MS - 1_000))
  expect(refused).toEqual({ isAllowed: false, waitMs: 1_000 })
  expect(await countTry(store, 'admin', '192.0.2.1', later(WINDOW_MS))).toEqual({ isAllowed: true })
})

test('a reset opens an account at once, and a success takes back its own try only', async () => {
  const { store } = database
  for (let attempt = 0; attempt < 6; attempt++) {
    await countTry(store, 'admin', `192.0.2.${attempt + 1}`, NOW)
  }
  await forgetTries(store, 'admin')
  expect((await countTry(store, 'admin', '192.0.2.50', NOW)).isAllowed).toBe(true)
  await takeBackTry(store, 'admin', '192.0.2.50')
  const rows = await store.query<{ key: string; points: number }>(
    "SELECT `key`, points FROM login_attempt WHERE `key` LIKE '%admin' OR `key` LIKE '%.50' ORDER BY 1",
  )
  expect(rows.map((row) => row.points)).toEqual([0, 0])
})

test('all of an IPv6 /64 counts as one address', async () => {
  const { store } = database
  const allowed: boolean[] = []
  for (const host of ['::1', '::2', ':0:0:0:3', ':a:b:c:d', ':ffff::', '::9']) {
    allowed.push((await countTry(store, `n${host}`, `2001:db8:0:7${host}`, NOW)).isAllowed)
  }
  expect(allowed).toEqual([true, true, true, true, true, false])
  expect((await countTry(store, 'm', '2001:db8::7', NOW)).isAllowed).toBe(true)
})
