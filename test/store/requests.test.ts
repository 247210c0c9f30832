import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addRequest,
  claimRequest,
  finishRequest,
  giveUpRequests,
  readRequest,
  reportProgress,
} from '../../src/store/requests.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'

const NOW = new Date('2026-03-01T10:00:00.123Z')

let database: TestDatabase
beforeAll(async () => {
  database = await makeDatabase()
})
afterAll(() => database.drop())

test('a request is claimed oldest first, followed and finished', async () => {
  const { store } = database
  const first = await addRequest(store, 'sweep', '7', 'admin', NOW)
  const second = await addRequest(store, 'sweep', '8', 'admin', NOW)
  expect(await claimRequest(store)).toMatchObject({ id: first, argument: '7', state: 'running' })
  await reportProgress(store, first, '12 of 254')
  expect(await readRequest(store, first)).toMatchObject({ progress: '12 of 254', createdAt: NOW })
  await finishRequest(store, first, { state: 'done', answer: '3 answered' }, NOW)
  expect(await readRequest(store, first)).toMatchObject({ state: 'done', answer: '3 answered' })
  expect(await claimRequest(store)).toMatchObject({ id: second })
  expect(await claimRequest(store)).toBeUndefined()
  await finishRequest(store, second, { state: 'failed', answer: 'gone' }, NOW)
})

test('a claim takes only what it is told is its own', async () => {
  const { store } = database
  await addRequest(store, 'sweep', '1', 'admin', NOW)
  const mine = await addRequest(store, 'sweep', '2', 'admin', NOW)
  expect(await claimRequest(store, (request) => request.argument === '2')).toMatchObject({
    id: mine,
  })
  expect(await claimRequest(store, (request) => request.argument === '3')).toBeUndefined()
  await claimRequest(store)
})

test('of many that claim at once each request goes to one', async () => {
  const { store } = database
  const ids = new Set<number>()
  for (let i = 0; i < 5; i++) ids.add(await addRequest(store, 'sweep', String(i), 'admin', NOW))
  const claims = await Promise.all(Array.from({ length: 12 }, () => claimRequest(store)))
  const claimed = claims.flatMap((request) => request?.id ?? [])
  expect(claimed).toHaveLength(5)
  expect(new Set(claimed)).toEqual(ids)
})

test('a finished request is not finished again, and what is too old is given up', async () => {
  const { store } = database
  const old = await addRequest(store, 'sweep', '1', 'admin', new Date('2026-02-28T10:00:00Z'))
  const done = await addRequest(store, 'sweep', '2', 'admin', NOW)
  await claimRequest(store, (request) => request.id === done)
  await finishRequest(store, done, { state: 'done', answer: 'well' }, NOW)
  await finishRequest(store, done, { state: 'failed', answer: 'late' }, NOW)
  expect(await giveUpRequests(store, new Date('2026-03-01T00:00:00Z'), NOW)).toBe(1)
  expect(await readRequest(store, old)).toMatchObject({ state: 'failed', finishedAt: NOW })
  expect(await readRequest(store, done)).toMatchObject({ state: 'done', answer: 'well' })
})

test('a request that is not there is undefined', async () => {
  expect(await readRequest(database.store, 999_999)).toBeUndefined()
})
