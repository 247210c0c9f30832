import type { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exclusionsCommands } from '../../src/cli/exclusions.js'
import { networksCommands } from '../../src/cli/networks.js'
import { settingsCommands } from '../../src/cli/settings.js'
import { sitesCommands } from '../../src/cli/sites.js'
import { listExclusions } from '../../src/store/exclusions.js'
import { readSettings } from '../../src/store/settings.js'
import { listSites } from '../../src/store/sites.js'
import { runApart, runHere } from '../support/command.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'

let database: TestDatabase
beforeEach(async () => {
  database = await makeDatabase()
})
afterEach(() => database.drop())

const commands = (program: Command) => {
  for (const add of [networksCommands, sitesCommands, exclusionsCommands, settingsCommands])
    add(program)
}
const run = (...args: string[]) => runHere(database, commands, args)

describe('exclusions', () => {
  test('are added, listed and removed', async () => {
    await run('networks', 'add', '10.0.0.0/24')
    const added = await run(
      'exclusions',
      'add',
      '10.0.0.5',
      '--reason',
      'never-scan',
      '--notes',
      'PLC',
    )
    expect(added).toMatchObject({ code: 0, err: '' })
    expect(added.out).toBe(
      'Excluded 10.0.0.5 as never-scan: no probe of any kind is sent there from the next sweep on.\n',
    )
    const { out } = await run('exclusions', 'list', '--format', 'json')
    expect(JSON.parse(out)).toEqual([
      { id: 1, range: '10.0.0.5', reason: 'never-scan', notes: 'PLC' },
    ])
    const removed = await run('exclusions', 'remove', '10.0.0.5')
    expect(removed.out).toMatch(/Removed the exclusion of 10\.0\.0\.5 as never-scan; it is swept/)
    expect(await listExclusions(database.store)).toEqual([])
  })

  test('outside any network count once a network holds them, and say so', async () => {
    const added = await run('exclusions', 'add', '10.0.0.0/24', '--reason', 'dhcp')
    expect(added).toMatchObject({ code: 0 })
    expect(added.out).toMatch(/No network holds it yet/)
  })

  test('that are there already are refused, and a wider one is mentioned', async () => {
    await run('exclusions', 'add', '10.0.0.0/24', '--reason', 'dhcp')
    const twice = await run('exclusions', 'add', '10.0.0.0/255.255.255.0', '--reason', 'dhcp')
    expect(twice).toMatchObject({ code: 2, err: '10.0.0.0/24 is excluded as dhcp already' })
    const inside = await run('exclusions', 'add', '10.0.0.7', '--reason', 'dhcp')
    expect(inside.out).toMatch(/It lies in 10\.0\.0\.0\/24, excluded as dhcp too/)
    expect((await run('exclusions', 'add', '10.0.0.0/24', '--reason', 'reserved')).code).toBe(0)
  })

  test('of one range with two reasons are told apart by the reason or the id', async () => {
    await run('exclusions', 'add', '10.0.0.5', '--reason', 'dhcp')
    await run('exclusions', 'add', '10.0.0.5', '--reason', 'reserved')
    expect((await run('exclusions', 'remove', '10.0.0.5')).err).toMatch(/--reason: dhcp, reserved/)
    expect((await run('exclusions', 'remove', '10.0.0.5', '--reason', 'dhcp')).code).toBe(0)
    expect((await run('exclusions', 'remove', '2')).code).toBe(0)
    expect((await run('exclusions', 'remove', '2')).err).toMatch(/there is no exclusion "2"/)
    expect((await run('exclusions', 'remove', '10.0.0.5')).err).toMatch(/no exclusion of exactly/)
  })

  test.each([
    [['10.1', '--reason', 'dhcp'], /"10\.1"/],
    [['10.0.0.5/24', '--reason', 'dhcp'], /10\.0\.0\.0\/24/],
    [['10.0.0.5', '--reason', 'lease'], /Allowed choices are never-scan, dhcp, reserved/],
    [['10.0.0.5'], /--reason <reason>' not specified/],
  ])('refuse %j', async (args, error) => {
    const refused = await run('exclusions', 'add', ...args)
    expect(refused.code).toBe(2)
    expect(refused.err).toMatch(error)
  })
})

test('notes that are too long are refused', async () => {
  const notes = 'x'.repeat(2_001)
  const refused = await run('exclusions', 'add', '10.0.0.5', '--reason', 'dhcp', '--notes', notes)
  expect(refused).toMatchObject({ code: 2, err: expect.stringMatching(/over 2000 characters/) })
})

describe('sites', () => {
  test('begin with main, in the zone of the machine', async () => {
    const { out } = await run('sites', 'list', '--format', 'json')
    const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone
    expect(JSON.parse(out)).toEqual([
      { id: 1, name: 'main', tag: '', time_zone: timeZone, engine: null },
    ])
  })

  test('are added, changed and removed', async () => {
    const added = await run(
      'sites',
      'add',
      'Berlin',
      '--time-zone',
      'Europe/Berlin',
      '--engine',
      'b',
    )
    expect(added.out).toBe('Added site Berlin, in Europe/Berlin.\n')
    expect((await run('sites', 'edit', 'Berlin', '--name', 'Bonn', '--engine', 'any')).code).toBe(0)
    expect((await listSites(database.store))[1]).toMatchObject({
      name: 'Bonn',
      timeZone: 'Europe/Berlin',
      engine: undefined,
    })
    expect((await run('sites', 'remove', 'Bonn')).out).toBe('Removed site Bonn.\n')
    expect((await run('sites', 'remove', 'main')).err).toMatch(/is the only site/)
  })

  test.each([
    [['add', 'main'], /there is a site main already/],
    [['add', 'x', '--time-zone', 'Berlin', '--engine', 'a b'], /Europe\/Berlin\n.*engine/],
    [['edit', 'main'], /nothing to change/],
    [['edit', 'nowhere', '--tag', 'x'], /there is no site "nowhere": choose main/],
  ])('refuse %j', async (args, error) => {
    const refused = await run('sites', ...args)
    expect(refused.code).toBe(2)
    expect(refused.err).toMatch(error)
  })

  test('with networks are not removed', async () => {
    await run('sites', 'add', 'berlin')
    await run('networks', 'add', '10.0.0.0/24', '--site', 'berlin')
    const refused = await run('sites', 'remove', 'berlin')
    expect(refused).toMatchObject({
      code: 2,
      err: expect.stringMatching(/has a network: remove first/),
    })
  })

  test('are forgotten only with --yes where there is no terminal', async () => {
    await run('sites', 'add', 'berlin')
    const refused = await runApart(database, ['sites', 'remove', 'berlin', '--forget'])
    expect(refused).toMatchObject({ code: 2, err: expect.stringMatching(/add --yes/) })
    expect((await run('sites', 'remove', 'berlin', '--forget', '--yes')).code).toBe(0)
  })
})

describe('settings', () => {
  test('are listed with default, unit and help', async () => {
    const rows = JSON.parse((await run('settings', 'list', '--format', 'json')).out)
    expect(rows.find((row: { name: string }) => row.name === 'presence.keep_days')).toEqual({
      name: 'presence.keep_days',
      value: 400,
      default: 400,
      unit: 'days',
      changed_at: null,
      help: expect.stringMatching(/kept/),
    })
  })

  test('are set, read and reset', async () => {
    expect((await run('settings', 'set', 'presence.keep_days', '30')).out).toBe(
      'presence.keep_days is 30.\n',
    )
    expect((await run('settings', 'get', 'presence.keep_days')).out).toBe('30\n')
    const changed = JSON.parse(
      (await run('settings', 'list', '--match', 'keep_days', '--format', 'json')).out,
    )
    expect(changed[0].changed_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    await run('settings', 'reset', 'presence.keep_days')
    expect((await readSettings(database.store))['presence.keep_days']).toBe(400)
  })

  test('out of their bounds are refused with the bounds', async () => {
    const refused = await run('settings', 'set', 'scan.packets_per_second', '0')
    expect(refused.code).toBe(2)
    expect(refused.err).toMatch(/from 1 to 1000000, not "0"/)
    expect((await run('settings', 'get', 'scan.rate')).err).toMatch(
      /no setting: choose contact, .*scan\.packets_per_second/,
    )
  })

  test('that leave too little for the networks say so', async () => {
    await run('networks', 'add', '10.0.0.0/16')
    const set = await run('settings', 'set', 'scan.packets_per_second', '100')
    expect(set).toMatchObject({ code: 0 })
    expect(set.err).toMatch(/need 351 packets per second together and may send 100/)
    expect((await run('settings', 'reset', 'scan.packets_per_second')).err).toBe('')
  })
})

test('the real command exits with 2 for a mistake, which it names', async () => {
  const refused = await runApart(database, ['networks', 'add', '10.1'])
  expect(refused).toMatchObject({ code: 2, out: '' })
  expect(refused.err).toMatch(/^ipspace: "10\.1" is not an IPv4 address/)
})
