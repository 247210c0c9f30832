import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROLES } from '../../src/web/auth.js'
import { ROUTES } from '../../src/web/routes.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { makeUser, startTestWeb, type TestWeb, Visitor, visitorLoggedIn } from '../support/web.js'

let database: TestDatabase
let web: TestWeb
beforeAll(async () => {
  database = await makeDatabase()
  await database.store.run(
    "INSERT INTO site (name, time_zone, created_at) VALUES ('main', 'UTC', UTC_TIMESTAMP())",
  )
  web = await startTestWeb(database)
  await makeUser(database.store, 'admin', 'administrator')
  await makeUser(database.store, 'viewer', 'viewer')
  await makeUser(database.store, 'fresh', 'administrator', true)
})
afterAll(async () => {
  await web.close()
  await database.drop()
})

/** The whole list of what is open to everybody: whoever adds to it writes it here. */
const PUBLIC = ['get /login', 'post /login', 'get /healthz']
const table = ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const)
const pathOf = (path: string) => path.replace(':ip', '192.0.2.1')

test('every route names a role that exists', () => {
  for (const [name, route] of table) expect(ROLES, name).toContain(route.role)
  expect(new Set(table.map(([name]) => name)).size).toBe(ROUTES.length)
})

test('no more is public than is meant to be', () => {
  const open = table.filter(([, route]) => route.role === 'public').map(([name]) => name)
  expect(open.sort()).toEqual(PUBLIC.sort())
})

test.each(table.filter(([name]) => !PUBLIC.includes(name)))(
  '%s sends a stranger to the login page',
  async (_, route) => {
    const stranger = new Visitor(web.url)
    const answer =
      route.method === 'get'
        ? await stranger.get(pathOf(route.path))
        : await stranger.post(pathOf(route.path), {}, { from: '/login' })
    expect(answer.status).toBe(303)
    expect(answer.headers.location).toMatch(/^\/login/)
    expect(answer.text).not.toContain('<main')
  },
)

test.each(table.filter(([, route]) => route.role === 'viewer' && route.method === 'get'))(
  '%s opens for a viewer',
  async (_, route) => {
    const viewer = await visitorLoggedIn(web.url, 'viewer')
    expect((await viewer.get(pathOf(route.path))).status).toBe(200)
  },
)

test('a role is read anew each time', async () => {
  const { store } = database
  const viewer = await visitorLoggedIn(web.url, 'viewer')
  expect((await viewer.get('/')).text).toContain('</strong> viewer')
  await store.run("UPDATE user SET role = 'operator' WHERE name = 'viewer'")
  expect((await viewer.get('/')).text).toContain('</strong> operator')
  await store.run("UPDATE user SET role = 'viewer' WHERE name = 'viewer'")
})

test('who must change their password reaches nothing else but the way out', async () => {
  const fresh = await visitorLoggedIn(web.url, 'fresh')
  for (const [, route] of table.filter(
    ([name]) => name.startsWith('get ') && !PUBLIC.includes(name),
  )) {
    const answer = await fresh.get(pathOf(route.path))
    if (route.path === '/account/password') expect(answer.status).toBe(200)
    else expect([answer.status, answer.headers.location]).toEqual([303, '/account/password'])
  }
  const page = await fresh.get('/account/password')
  expect(page.text).not.toContain('aria-label="Places"')
  expect((await fresh.post('/logout', {}, { from: '/account/password' })).status).toBe(303)
})

test('what is in no table is not found, whoever asks', async () => {
  const admin = await visitorLoggedIn(web.url, 'admin')
  for (const path of [
    '/admin',
    '/ADDRESSES',
    '/.env',
    '/views/home.ejs',
    '/constructor',
    '/__proto__',
  ]) {
    expect((await admin.get(path)).status, path).toBe(404)
    expect((await new Visitor(web.url).get(path)).status, path).toBe(404)
  }
})

test('a page that refreshes itself is told that its session is over, and not sent elsewhere', async () => {
  const answer = await new Visitor(web.url).get('/sweeps/last', { 'X-Ipspace-Refresh': '1' })
  expect(answer.status).toBe(401)
})
