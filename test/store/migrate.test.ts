import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrate, readMigrations, showMigrations } from '../../src/store/migrate.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'

let database: TestDatabase
beforeAll(async () => {
  database = await makeDatabase()
})
afterAll(() => database.drop())

test('every migration of sql/ is applied and shown with its date', async () => {
  const shown = await showMigrations(database.store)
  expect(shown.map((m) => m.name)).toEqual(readMigrations().map((m) => m.name))
  expect(shown.every((m) => m.state === 'applied' && m.appliedAt instanceof Date)).toBe(true)
})

test('a second run applies nothing', async () => {
  expect(await migrate(database.store, 'again')).toEqual([])
})

test('a changed old file is refused by name', async () => {
  const changed = readMigrations().map((m, i) => (i === 1 ? { ...m, checksum: 'f'.repeat(64) } : m))
  await expect(migrate(database.store, 'x', changed)).rejects.toThrow(/002-addresses\.sql.*changed/)
})
