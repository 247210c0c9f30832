import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import {
  makeUser,
  PASSWORD,
  readToken,
  startTestWeb,
  type TestWeb,
  Visitor,
  visitorLoggedIn,
} from '../support/web.js'

let database: TestDatabase
let web: TestWeb
let visitor: Visitor
let token: string
beforeAll(async () => {
  database = await makeDatabase()
  web = await startTestWeb(database)
  await makeUser(database.store, 'admin', 'administrator')
  visitor = await visitorLoggedIn(web.url, 'admin')
  token = readToken((await visitor.get('/account/password')).text)
})
afterAll(async () => {
  await web.close()
  await database.drop()
})

const change = (fields: Record<string, string>, headers: Record<string, string | undefined> = {}) =>
  visitor.send('/account/appearance', { theme: 'dark', next: '/sweeps', ...fields }, headers)

test('a form with its token, sent by our own page, is taken', async () => {
  expect((await change({ token })).status).toBe(303)
})

test.each([
  ['no token', {}],
  ['an empty token', { token: '' }],
  ['another token', { token: 'f'.repeat(64) }],
])('%s is refused', async (_, fields) => {
  const answer = await change(fields)
  expect(answer.status).toBe(403)
  expect(answer.text).toContain('This form is out of date')
})

test.each([
  ['another site', { Origin: 'https://evil.example' }],
  ['another port of this host', { Origin: 'https://127.0.0.1:1' }],
  ['plain HTTP', { Origin: 'http://127.0.0.1' }],
  ['a sandbox', { Origin: 'null' }],
  ['a site that the browser calls foreign', { 'Sec-Fetch-Site': 'cross-site' }],
  ['a neighbour', { 'Sec-Fetch-Site': 'same-site' }],
  ['nobody knows where', { Origin: undefined }],
])('the right token from %s is refused', async (_, headers) => {
  const answer = await change({ token }, headers)
  expect(answer.status).toBe(403)
  expect(answer.text).toContain('asked for by another site')
})

test('a browser that names no origin but calls it its own is believed', async () => {
  const headers = { Origin: undefined, 'Sec-Fetch-Site': 'same-origin' }
  expect((await change({ token }, headers)).status).toBe(303)
})

test('the login form is guarded in the same way, though its visitor has no session', async () => {
  const stranger = new Visitor(web.url)
  const fields = { name: 'admin', password: PASSWORD }
  expect((await stranger.send('/login', fields)).status).toBe(403)
  const own = readToken((await stranger.get('/login')).text)
  expect((await new Visitor(web.url).send('/login', { ...fields, token: own })).status).toBe(403)
  const foreign = { Origin: 'https://evil.example' }
  expect((await stranger.send('/login', { ...fields, token: own }, foreign)).status).toBe(403)
  expect((await stranger.send('/login', { ...fields, token: own })).status).toBe(303)
})

test('the token of before the login is worth nothing after it', async () => {
  const stranger = new Visitor(web.url)
  const before = readToken((await stranger.get('/login')).text)
  await stranger.send('/login', { name: 'admin', password: PASSWORD, token: before })
  expect((await stranger.send('/account/appearance', { token: before })).status).toBe(403)
})

test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])(
  '%s needs a token too',
  async (method) => {
    const response = await fetchAs(method)
    expect([403, 404]).toContain(response)
  },
)

async function fetchAs(method: string): Promise<number> {
  const { request } = await import('node:https')
  return new Promise((resolve, reject) => {
    const options = {
      method,
      rejectUnauthorized: false,
      headers: { Origin: new URL(web.url).origin },
    }
    request(new URL('/account/appearance', web.url), options, (res) => {
      res.resume().on('end', () => resolve(res.statusCode ?? 0))
    })
      .on('error', reject)
      .end()
  })
}
