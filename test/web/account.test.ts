import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import {
  makeUser,
  PASSWORD,
  startTestWeb,
  type TestWeb,
  Visitor,
  visitorLoggedIn,
} from '../support/web.js'

const NEXT = 'lantern mossy quarrel viaduct'

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
beforeEach(() => database.store.run('DELETE FROM login_attempt'))

const form = (current: string, wanted: string, again = wanted) => ({ current, wanted, again })

test('a changed password ends every other session, and this one goes on under a new id', async () => {
  await makeUser(database.store, 'anna')
  const here = await visitorLoggedIn(web.url, 'anna')
  const elsewhere = await visitorLoggedIn(web.url, 'anna')
  const id = here.cookies.get('__Host-ipspace')
  const answer = await here.post('/account/password', form(PASSWORD, NEXT))
  expect([answer.status, answer.headers.location]).toEqual([303, '/?news=password-changed'])
  expect(here.cookies.get('__Host-ipspace')).not.toBe(id)
  expect((await here.get('/account/password')).status).toBe(200)
  expect((await elsewhere.get('/account/password')).status).toBe(303)
  expect((await new Visitor(web.url).logIn('anna', PASSWORD)).status).toBe(401)
  expect((await new Visitor(web.url).logIn('anna', NEXT)).status).toBe(303)
})

test('who had to change it may go everywhere afterwards', async () => {
  await makeUser(database.store, 'bert', 'administrator', true)
  const bert = await visitorLoggedIn(web.url, 'bert')
  await bert.post('/account/password', form(PASSWORD, NEXT))
  expect((await bert.get('/sweeps/last')).status).toBe(200)
})

test.each([
  ['the wrong password', form('not this one', NEXT), 'This is not your password.'],
  ['a short one', form(PASSWORD, 'short'), 'take at least 12'],
  ['the same again', form(PASSWORD, PASSWORD), 'This is the password you have'],
  ['two that differ', form(PASSWORD, NEXT, `${NEXT}!`), 'This is not what you wrote above.'],
  ['a common one', form(PASSWORD, 'Password123456!'), 'one of the first that anybody would try'],
  ['nothing', {}, 'take at least 12'],
])('%s is refused beside its field, and nothing changes', async (what, fields, sentence) => {
  const name = `user-${what.replaceAll(' ', '-')}`
  await makeUser(database.store, name)
  const visitor = await visitorLoggedIn(web.url, name)
  const answer = await visitor.post('/account/password', fields)
  expect(answer.status).toBe(422)
  expect(answer.text).toContain(sentence)
  expect(answer.text).toContain('aria-invalid="true"')
  expect(answer.text).not.toContain(NEXT)
  expect((await new Visitor(web.url).logIn(name)).status).toBe(303)
})

test('who finds an open screen cannot guess the password there', async () => {
  await makeUser(database.store, 'carl')
  const visitor = await visitorLoggedIn(web.url, 'carl')
  for (let attempt = 0; attempt < 5; attempt++) {
    await visitor.post('/account/password', form(`guess number ${attempt}`, NEXT))
  }
  const answer = await visitor.post('/account/password', form(PASSWORD, NEXT))
  expect(answer.status).toBe(422)
  expect(answer.text).toContain('Too many tries')
})

test('colours and row height are kept in a cookie, and anything else there is ignored', async () => {
  await makeUser(database.store, 'dora')
  const visitor = await visitorLoggedIn(web.url, 'dora')
  const page = await visitor.get('/account/password')
  expect(page.text).toContain('data-theme="auto" data-rows="normal"')
  const choice = { theme: 'dark', rows: 'compact', next: '/account/password' }
  const answer = await visitor.post('/account/appearance', choice, { from: '/account/password' })
  expect([answer.status, answer.headers.location]).toEqual([303, '/account/password'])
  expect((await visitor.get('/account/password')).text).toContain(
    'data-theme="dark" data-rows="compact"',
  )
  visitor.cookies.set('__Host-ipspace-look', '"><script>.x')
  expect((await visitor.get('/account/password')).text).toContain(
    'data-theme="auto" data-rows="normal"',
  )
})
