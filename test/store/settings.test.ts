import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  getSetting,
  listChangedSettings,
  parseSettingName,
  readSettings,
  resetSetting,
  setSetting,
} from '../../src/store/settings.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'

const NOW = new Date('2026-03-01T10:00:00Z')

let database: TestDatabase
beforeAll(async () => {
  database = await makeDatabase()
})
afterAll(() => database.drop())

test('the defaults are read where nothing was set, and cannot be written to', async () => {
  const settings = await readSettings(database.store)
  expect(settings['scan.packets_per_second']).toBe(2_000)
  expect(settings['scan.network_packets_per_second']).toBe(500)
  expect(settings['presence.keep_days']).toBe(400)
  expect(settings.contact).toBe('')
  expect(Object.isFrozen(settings)).toBe(true)
})

test('what is set is kept as what it is, until it is reset', async () => {
  const { store } = database
  expect(await setSetting(store, 'scan.dark_hours', ' 48 ', NOW)).toEqual({ ok: true, value: 48 })
  expect(await setSetting(store, 'contact', 'noc@example.net', NOW)).toMatchObject({ ok: true })
  expect(await getSetting(store, 'scan.dark_hours')).toBe(48)
  expect(await getSetting(store, 'contact')).toBe('noc@example.net')
  expect((await listChangedSettings(store)).get('scan.dark_hours')).toEqual(NOW)
  expect(await resetSetting(store, 'scan.dark_hours')).toBe(24)
  expect(await getSetting(store, 'scan.dark_hours')).toBe(24)
})

test.each(['0', '1000001', '-1', '1.5', 'many', '', '99999999999'])(
  'a rate of %j is refused with its bounds and changes nothing',
  async (value) => {
    const refused = await setSetting(database.store, 'scan.packets_per_second', value, NOW)
    expect(refused).toEqual({
      ok: false,
      error: `scan.packets_per_second takes a whole number of packets per second from 1 to 1000000, not "${value}"`,
    })
    expect(await getSetting(database.store, 'scan.packets_per_second')).toBe(2_000)
  },
)

test.each(['x'.repeat(201), 'a\u001b[2Jb'])('a contact of %j is refused', async (value) => {
  const refused = await setSetting(database.store, 'contact', value, NOW)
  expect(refused).toMatchObject({ ok: false, error: expect.stringMatching(/at most 200/) })
})

test('a kept value that is out of bounds by now falls back to the default', async () => {
  await database.store.run('INSERT INTO setting (name, value, changed_at) VALUES (?, ?, ?)', [
    'scan.network_packets_per_second',
    '0',
    NOW,
  ])
  expect(await getSetting(database.store, 'scan.network_packets_per_second')).toBe(500)
})

test('an unknown name lists the names', () => {
  expect(parseSettingName('scan.rate')).toMatchObject({
    ok: false,
    error: expect.stringMatching(
      /^"scan\.rate" is no setting: choose contact, .*presence\.keep_days, /,
    ),
  })
})
