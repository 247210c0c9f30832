import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addFirstUser,
  addUser,
  disableUser,
  findUser,
  listUsers,
  noteLogin,
  parseUserName,
} from '../../src/store/users.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'

const NOW = new Date('2026-03-01T12:00:00Z')
const SECRET = { passwordHash: 'a hash', mustChangePassword: true } as const

let database: TestDatabase
beforeAll(async () => {
  database = await makeDatabase()
})
afterAll(() => database.drop())

test('of eight that add the first user at once, one does', async () => {
  const names = Array.from({ length: 8 }, (_, index) => `first${index}`)
  const added = await Promise.all(
    names.map((name) =>
      addFirstUser(database.store, { name, role: 'administrator', ...SECRET }, NOW),
    ),
  )
  expect(added.filter(Boolean)).toHaveLength(1)
  expect(await listUsers(database.store)).toHaveLength(1)
})

test('a name is taken once', async () => {
  const user = { name: 'ada', role: 'viewer', ...SECRET } as const
  const answers = await Promise.all([1, 2, 3].map(() => addUser(database.store, user, NOW)))
  expect(answers.filter((answer) => answer.ok)).toHaveLength(1)
})

test('a login is noted', async () => {
  const ada = (await findUser(database.store, 'ada'))!
  expect(ada.lastLogin).toBeUndefined()
  await noteLogin(database.store, ada.id, NOW)
  expect((await findUser(database.store, 'ada'))?.lastLogin).toEqual(NOW)
})

test('two administrators who disable each other at once: one stays', async () => {
  const eve = await addUser(database.store, { name: 'eve', role: 'administrator', ...SECRET }, NOW)
  const first = (await listUsers(database.store)).find((user) => user.name.startsWith('first'))!
  const ids = [first.id, eve.ok ? eve.value.id : 0]
  const answers = await Promise.all(ids.map((id) => disableUser(database.store, id)))
  expect(answers.filter((answer) => answer.ok)).toHaveLength(1)
})

test.each(['ada', 'Ada.Lovelace', 'ada@example.net', 'a'.repeat(64)])(
  '%s can be a name',
  (name) => {
    expect(parseUserName(name)).toEqual({ ok: true, value: name })
  },
)

test.each(['', ' ada', 'a b', '-rf', 'a\n', '<b>', 'ä', 'a'.repeat(65)])(
  '"%s" cannot be a name',
  (name) => expect(parseUserName(name).ok).toBe(false),
)
