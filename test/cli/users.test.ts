import { afterAll, beforeAll, expect, test } from 'vitest'
import { addSession } from '../../src/store/sessions.js'
import { findUser } from '../../src/store/users.js'
import { verifyPassword } from '../../src/web/password.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { type Ended, ipspace } from '../support/ipspace.js'

const GOOD = 'violet harbour lantern seven'

let database: TestDatabase
beforeAll(async () => {
  database = await makeDatabase()
})
afterAll(() => database.drop())

function users(args: readonly string[], input?: string): Promise<Ended> {
  const url = `mysql://root@localhost/${database.name}?socketPath=${database.socketPath}`
  const given = input === undefined ? {} : { input }
  return ipspace(['users', ...args], { ...given, env: { IPSPACE_DATABASE_URL: url } })
}

test('a user is added with the password of standard input, to be changed at the first login', async () => {
  const ended = await users(['add', 'ada', '-', '--role', 'administrator'], `${GOOD}\n`)
  expect(ended).toMatchObject({ code: 0, stdout: '' })
  const ada = await findUser(database.store, 'ada')
  expect(ada).toMatchObject({ role: 'administrator', mustChangePassword: true, disabled: false })
  expect(await verifyPassword(ada?.passwordHash, GOOD)).toBe(true)
})

test('a generated password is all that goes to standard output, and it is the one that counts', async () => {
  const { code, stdout } = await users(['add', 'bob', '--generate'])
  expect(code).toBe(0)
  const password = stdout.trimEnd()
  expect(password).toMatch(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/)
  const bob = await findUser(database.store, 'bob')
  expect(bob?.role).toBe('viewer')
  expect(await verifyPassword(bob?.passwordHash, password)).toBe(true)
})

test.each([
  ['a short password', ['add', 'carl', '-'], 'elevenchars', 'at least 12'],
  ['a password as an argument', ['add', 'carl', GOOD], undefined, 'never an argument'],
  ['no terminal to ask on', ['add', 'carl'], '', 'no terminal'],
  ['a name that is taken', ['add', 'ada', '-'], GOOD, 'already'],
  ['a name that cannot be', ['add', 'a b', '-'], GOOD, '"a b"'],
  ['nobody of that name', ['reset', 'zoe', '-'], GOOD, '"zoe"'],
])('%s is refused with 2 and its mend', async (_what, args, input, told) => {
  const ended = await users(args, input)
  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain(told)
  expect(ended.stderr).not.toContain('elevenchars')
})

test('a reset gives a new password and ends every session', async () => {
  const bob = (await findUser(database.store, 'bob'))!
  await login(bob.id)
  expect((await users(['reset', 'bob', '-'], `${GOOD}\n`)).code).toBe(0)
  const after = await findUser(database.store, 'bob')
  expect(await verifyPassword(after?.passwordHash, GOOD)).toBe(true)
  expect(after?.mustChangePassword).toBe(true)
  expect(await countSessions(bob.id)).toBe(0)
})

test('a disabled user is logged out, and listed as disabled until enabled again', async () => {
  const bob = (await findUser(database.store, 'bob'))!
  await login(bob.id)
  expect((await users(['disable', 'bob'])).code).toBe(0)
  expect(await countSessions(bob.id)).toBe(0)
  const { stdout } = await users(['list', '--format', 'json'])
  expect(JSON.parse(stdout)).toMatchObject([
    { name: 'ada', role: 'administrator', disabled: false },
    { name: 'bob', role: 'viewer', disabled: true },
  ])
  await users(['enable', 'bob'])
  expect((await findUser(database.store, 'bob'))?.disabled).toBe(false)
})

test('the last administrator cannot be disabled, one of two can', async () => {
  const refused = await users(['disable', 'ada'])
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain('last administrator')
  await users(['add', 'eve', '--generate', '--role', 'administrator'])
  expect((await users(['disable', 'ada'])).code).toBe(0)
  expect((await users(['disable', 'eve'])).code).toBe(2)
})

async function login(userId: number): Promise<void> {
  const session = { userId, data: '{}', client: '127.0.0.1' }
  await addSession(database.store, `session of ${userId}`, session, new Date())
  expect(await countSessions(userId)).toBe(1)
}

async function countSessions(userId: number): Promise<number> {
  const rows = await database.store.query('SELECT 1 FROM session WHERE user_id = ?', [userId])
  return rows.length
}
