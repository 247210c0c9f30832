import request from 'supertest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { startTestWeb, type TestWeb } from '../support/web.js'

let database: TestDatabase
let web: TestWeb
beforeAll(async () => {
  database = await makeDatabase()
  web = await startTestWeb(database)
})
afterAll(async () => {
  await web.close()
  await database.drop()
})

test('a monitor learns that all is well, and nothing else', async () => {
  const answer = await request(new URL(web.url).origin)
    .get('/healthz')
    .disableTLSCerts()
    .expect(200)
  expect(answer.text).toBe('ok\n')
  expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8')
  expect(answer.headers['set-cookie']).toBeUndefined()
})
