import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fragileCommands } from '../../src/cli/fragile.js'
import { describeSystem, readSystemFacts } from '../../src/cli/system-text.js'
import { parseIp } from '../../src/core/address/ip.js'
import { ensureMainSite } from '../../src/store/sites.js'
import { runHere } from '../support/command.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'

let database: TestDatabase
let siteId: number
beforeEach(async () => {
  database = await makeDatabase()
  siteId = (await ensureMainSite(database.store, 'UTC', new Date())).id
})
afterEach(() => database.drop())

const run = (...args: string[]) => runHere(database, fragileCommands, ['fragile', ...args])
const list = async () => JSON.parse((await run('list', '--format', 'json')).out)

describe('marks of what is fragile', () => {
  test('are added, listed and removed for an address, a range and a vendor', async () => {
    expect(await run('add', '10.0.0.5')).toEqual({
      code: 0,
      out: '10.0.0.5 is marked as fragile: not asked for the operating system any more; sweeps go on.\n',
      err: '',
    })
    await run('add', '10.0.0.0/28', '--notes', 'PLCs')
    await run('add', '10.0.0.16-10.0.0.20')
    await run('add', '--vendor', 'Siemens', '--notes', 'old ones')
    expect(await list()).toEqual([
      { kind: 'network', mark: '10.0.0.0/28', notes: 'PLCs' },
      { kind: 'address', mark: '10.0.0.5', notes: '' },
      { kind: 'network', mark: '10.0.0.16-10.0.0.20', notes: '' },
      { kind: 'vendor', mark: 'Siemens', notes: 'old ones' },
    ])
    for (const args of [['10.0.0.5'], ['10.0.0.0/28'], ['--vendor', 'SIEMENS']]) {
      expect((await run('remove', ...args)).code).toBe(0)
    }
    expect(await list()).toEqual([{ kind: 'network', mark: '10.0.0.16-10.0.0.20', notes: '' }])
  })

  test.each([
    [['10.0.0.5'], '10.0.0.5 is marked as fragile already'],
    [['10.0.0.0/28'], '10.0.0.0/28 is marked as fragile already'],
    [['--vendor', 'SIEMENS'], 'The vendor "SIEMENS" is marked as fragile already'],
  ])('twice are refused: %s', async (args, err) => {
    for (const first of [['10.0.0.5'], ['10.0.0.0/28'], ['--vendor', 'Siemens']]) {
      await run('add', ...first)
    }
    expect(await run('add', ...args)).toEqual({ code: 2, out: '', err })
  })

  test.each([
    [['add'], /give a range such as 192\.0\.2\.0\/24, or a vendor by --vendor NAME/],
    [['add', '10.0.0.1', '--vendor', 'Siemens'], /give a range such as/],
    [['add', '10.0.0.1/24'], /has bits set behind its prefix/],
    [['add', '--vendor', 'x'], /"x" is no part of a vendor's name: give 2 to 128 characters/],
    [['add', '--vendor', 'a\u001b[31m'], /is no part of a vendor's name/],
    [['remove', '10.0.0.1'], /10\.0\.0\.1 is not marked: see "ipspace fragile list"/],
    [['remove', '--vendor', 'Cisco'], /"Cisco" is not marked/],
  ])('mistakes name the mend: %s', async (args, err) => {
    const ran = await run(...args)
    expect(ran).toMatchObject({ code: 2, out: '' })
    expect(ran.err).toMatch(err)
  })

  test('are named where one address is shown', async () => {
    const ip = parseIp('10.0.0.5')
    if (!ip.ok) throw new Error(ip.error)
    await run('add', '10.0.0.5')
    await run('add', '10.0.0.0/28')
    await run('add', '--vendor', 'siemens')
    await database.store.run(
      "UPDATE address SET mac = 116417101825, vendor = 'SIEMENS AG', os = 'VxWorks', os_accuracy = 97, os_family = 'VxWorks'",
    )
    await database.store.run(
      `INSERT INTO address_system (site_id, ip, state, urgency, due_at, asked_at, told_at, type, cpe)
       VALUES (?, ?, 'could-not-tell', 2, '2026-03-08', '2026-03-01', '2026-02-01', 'network',
         'cpe:/o:windriver:vxworks')`,
      [siteId, ip.value],
    )
    const facts = await readSystemFacts(database.store, { siteId, ip: ip.value })
    expect(Object.fromEntries(describeSystem(facts!))).toEqual({
      mac: '00:1b:1b:00:00:01 (SIEMENS AG)',
      os: 'VxWorks (VxWorks, 97 % sure)',
      cpe: 'cpe:/o:windriver:vxworks',
      type: 'network',
      'os asked':
        '2026-03-01: nmap could not tell; recognised 2026-02-01; not again before 2026-03-08',
      fragile:
        'by its own mark, 10.0.0.0/28, the vendor "siemens": not asked for its operating system',
    })
  })
})
