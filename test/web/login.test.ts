import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { disableUser } from '../../src/store/users.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { makeUser, PASSWORD, startTestWeb, type TestWeb, Visitor } from '../support/web.js'

const SESSION = '__Host-ipspace'

let database: TestDatabase
let web: TestWeb
beforeAll(async () => {
  database = await makeDatabase()
  await database.store.run(
    "INSERT INTO site (name, time_zone, created_at) VALUES ('main', 'UTC', UTC_TIMESTAMP())",
  )
  web = await startTestWeb(database)
  await makeUser(database.store, 'admin', 'administrator')
})
afterAll(async () => {
  await web.close()
  await database.drop()
})
beforeEach(() => database.store.run('DELETE FROM login_attempt'))

async function countSessions(): Promise<number> {
  const [row] = await database.store.query<{ n: number }>('SELECT COUNT(*) AS n FROM session')
  return row!.n
}

test('name and password open the page that was asked for', async () => {
  const visitor = new Visitor(web.url)
  const asked = await visitor.get('/sweeps?state=blind')
  expect(asked.status).toBe(303)
  expect(asked.headers.location).toBe('/login?next=%2Fsweeps%3Fstate%3Dblind')
  const form = await visitor.get(asked.headers.location!)
  expect(form.text).toContain('name="next" value="/sweeps?state=blind"')
  const answer = await visitor.post(
    '/login',
    { name: 'admin', password: PASSWORD, next: '/sweeps?state=blind' },
    { from: asked.headers.location! },
  )
  expect([answer.status, answer.headers.location]).toEqual([303, '/sweeps?state=blind'])
  expect((await visitor.get('/sweeps')).status).toBe(200)
})

test.each(['//evil.example', '/\\evil.example', 'https://evil.example', '/a\nb', ' /x', ''])(
  'no login leads away to %j',
  async (next) => {
    const visitor = new Visitor(web.url)
    const answer = await visitor.post('/login', { name: 'admin', password: PASSWORD, next })
    expect(answer.headers.location).toBe('/')
  },
)

test('a wrong password, an unknown name and a disabled user get one and the same answer', async () => {
  const gone = await makeUser(database.store, 'gone')
  await disableUser(database.store, gone.id)
  const page = async (name: string, password: string) => {
    const answer = await new Visitor(web.url).logIn(name, password)
    expect(answer.status).toBe(401)
    expect(String(answer.headers['set-cookie'])).not.toContain(`${SESSION}=`)
    return answer.text.replaceAll(name, 'NAME').replace(/token" value="[^"]*/, '')
  }
  const wrong = await page('admin', 'not the password')
  await database.store.run('DELETE FROM login_attempt')
  expect(await page('nobody', 'not the password')).toBe(wrong)
  expect(await page('gone', PASSWORD)).toBe(wrong)
  expect(wrong).toContain('Name and password do not belong together.')
})

test('an unknown name takes as long as a wrong password', async () => {
  const visitor = new Visitor(web.url)
  const time = async (name: string) => {
    await database.store.run('DELETE FROM login_attempt')
    const began = performance.now()
    await visitor.logIn(name, 'not the password')
    return performance.now() - began
  }
  // Turn and turn about, and the best of each: whatever else the machine does meanwhile meets both.
  const shortest = { nobody: Number.POSITIVE_INFINITY, admin: Number.POSITIVE_INFINITY }
  for (let run = 0; run < 10; run++) {
    for (const name of ['nobody', 'admin'] as const) {
      shortest[name] = Math.min(shortest[name], await time(name))
    }
  }
  expect(shortest.nobody / shortest.admin).toBeGreaterThan(0.5)
  expect(shortest.nobody / shortest.admin).toBeLessThan(2)
})

test('who only looks at the login page costs no session', async () => {
  const before = await countSessions()
  const visitor = new Visitor(web.url)
  await visitor.get('/login')
  await visitor.get('/')
  await visitor.logIn('admin', 'not the password')
  expect(await countSessions()).toBe(before)
  expect([...visitor.cookies.keys()]).toEqual(['__Host-ipspace-visitor'])
})

test('whoever logs in gets a new id, also in the session of another, which ends by it', async () => {
  await makeUser(database.store, 'mallory')
  const mallory = new Visitor(web.url)
  await mallory.logIn('mallory')
  const planted = mallory.cookies.get(SESSION)!
  const victim = new Visitor(web.url)
  victim.cookies.set(SESSION, planted)
  await victim.post('/login', { name: 'admin', password: PASSWORD }, { from: '/sweeps' })
  expect(victim.cookies.get(SESSION)).not.toBe(planted)
  expect((await victim.get('/sweeps')).text).toContain('<strong>admin</strong>')
  expect((await mallory.get('/sweeps')).status).toBe(303)
})

test('an id that is not known is never taken over', async () => {
  const visitor = new Visitor(web.url)
  await visitor.logIn('admin')
  const old = visitor.cookies.get(SESSION)!
  await visitor.post('/logout', {}, { from: '/' })
  visitor.cookies.set(SESSION, old)
  await visitor.logIn('admin')
  expect(visitor.cookies.get(SESSION)).not.toBe(old)
})

test('ids are kept hashed', async () => {
  const visitor = new Visitor(web.url)
  await visitor.logIn('admin')
  const id = decodeURIComponent(visitor.cookies.get(SESSION)!).slice(2).split('.')[0]!
  const rows = await database.store.query<{ id_hash: Buffer; data: string; client: string }>(
    'SELECT id_hash, data, client FROM session',
  )
  const hash = createHash('sha256').update(id).digest('hex')
  expect(rows.map((row) => row.id_hash.toString('hex'))).toContain(hash)
  expect(JSON.stringify(rows.map((row) => row.data))).not.toContain(id)
  expect(rows.at(-1)?.client).toBe('127.0.0.1')
})

test('the cookie is for this host, over HTTPS, and not for scripts', async () => {
  const answer = await new Visitor(web.url).logIn('admin')
  const cookie = answer.headers['set-cookie']?.find((line) => line.startsWith(`${SESSION}=`))
  expect(cookie).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
})

test('logging out ends the session for good', async () => {
  const visitor = new Visitor(web.url)
  await visitor.logIn('admin')
  const kept = visitor.cookies.get(SESSION)!
  const answer = await visitor.post('/logout', {}, { from: '/' })
  expect(answer.headers.location).toBe('/login?news=logged-out')
  expect(visitor.cookies.has(SESSION)).toBe(false)
  visitor.cookies.set(SESSION, kept)
  expect((await visitor.get('/')).headers.location).toBe('/login')
})

test('a session ends by its idle limit, by its absolute limit, and when its user is disabled', async () => {
  const { store } = database
  const passing = await makeUser(store, 'passing')
  const enter = async () => {
    const visitor = new Visitor(web.url)
    await visitor.logIn('passing')
    expect((await visitor.get('/')).status).toBe(200)
    return visitor
  }
  const idle = await enter()
  await store.run('UPDATE session SET expires_at = UTC_TIMESTAMP() - INTERVAL 1 SECOND')
  expect((await idle.get('/')).status).toBe(303)

  const old = await enter()
  await store.run(
    'UPDATE session SET created_at = UTC_TIMESTAMP() - INTERVAL 23 HOUR, used_at = created_at',
  )
  await old.get('/')
  const [row] = await store.query<{ hours: number }>(
    `SELECT TIMESTAMPDIFF(MINUTE, UTC_TIMESTAMP(), expires_at) / 60 AS hours FROM session
     WHERE user_id = ?`,
    [passing.id],
  )
  expect(Number(row!.hours)).toBeLessThanOrEqual(1)

  const switchedOff = await enter()
  await store.run('UPDATE user SET disabled = TRUE WHERE id = ?', [passing.id])
  expect((await switchedOff.get('/')).status).toBe(303)
  await store.run('UPDATE user SET disabled = FALSE WHERE id = ?', [passing.id])

  const disabled = await enter()
  await disableUser(store, passing.id)
  expect((await disabled.get('/')).status).toBe(303)
})

test('a page that refreshes itself does not keep a session alive', async () => {
  const visitor = new Visitor(web.url)
  await visitor.logIn('admin')
  await database.store.run(
    'UPDATE session SET used_at = UTC_TIMESTAMP() - INTERVAL 2 HOUR, expires_at = UTC_TIMESTAMP() + INTERVAL 6 HOUR',
  )
  const idle = async () => {
    const [row] = await database.store.query<{ idle: number }>(
      'SELECT MIN(TIMESTAMPDIFF(MINUTE, used_at, UTC_TIMESTAMP())) AS idle FROM session',
    )
    return row!.idle
  }
  await visitor.get('/sweeps/last', { 'X-Ipspace-Refresh': '1' })
  expect(await idle()).toBeGreaterThanOrEqual(119)
  await visitor.get('/')
  const [touched] = await database.store.query<{ n: number }>(
    'SELECT COUNT(*) AS n FROM session WHERE used_at > UTC_TIMESTAMP() - INTERVAL 1 MINUTE',
  )
  expect(touched!.n).toBe(1)
})

test('a session that was ended is not brought back by a request that was under way', async () => {
  const visitor = new Visitor(web.url)
  await visitor.logIn('admin')
  await database.store.run('DELETE FROM session')
  await visitor.get('/')
  expect(await countSessions()).toBe(0)
})

test('neither passwords nor tokens nor names that nobody has are logged', async () => {
  const visitor = new Visitor(web.url)
  await visitor.logIn('admin', 'a secret in the wrong place')
  await visitor.logIn('another secret in the name field', 'x')
  await visitor.logIn('admin')
  const all = web.logged.join('')
  expect(all).toContain('a login failed')
  for (const secret of ['secret in', PASSWORD, ...visitor.cookies.values()]) {
    expect(all).not.toContain(secret)
  }
})
