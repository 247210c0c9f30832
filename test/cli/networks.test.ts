import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exclusionsCommands } from '../../src/cli/exclusions.js'
import { networksCommands } from '../../src/cli/networks.js'
import { settingsCommands } from '../../src/cli/settings.js'
import { sitesCommands } from '../../src/cli/sites.js'
import { formatNetwork } from '../../src/core/address/network.js'
import { listNetworks } from '../../src/store/networks.js'
import { claimRequest } from '../../src/store/requests.js'
import { type Ran, runApart, runHere, runOnTerminal } from '../support/command.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'

const folder = mkdtempSync(path.join(tmpdir(), 'ipspace-import-'))
let database: TestDatabase
beforeEach(async () => {
  database = await makeDatabase()
})
afterEach(() => database.drop())
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const networks = (...args: string[]): Promise<Ran> =>
  runHere(database, networksCommands, ['networks', ...args])
const settings = (...args: string[]) => runHere(database, settingsCommands, ['settings', ...args])
const watched = async () => (await listNetworks(database.store)).map(formatNetwork)

describe('networks add', () => {
  test('prints the cost and the notice, and asks for a sweep at once', async () => {
    await settings('set', 'contact', 'noc@example.net')
    const added = await networks('add', '203.0.113.0/24', '--name', 'Office', '--interval', '10')
    expect(added).toMatchObject({ code: 0, err: '' })
    expect(added.out).toMatch(
      /^Added 203\.0\.113\.0\/24 \(Office\)\. Its first sweep was asked for\./,
    )
    expect(added.out).toMatch(
      /254 addresses: up to 500 packets per second for about 9 seconds, 1 % of its 10 minutes/,
    )
    expect(added.out).toMatch(/What is sent: one /)
    expect(added.out).toMatch(/From which address: /)
    expect(added.out).toMatch(/How often: every 10 minutes/)
    expect(added.out).toMatch(/Whom to ask: noc@example\.net/)
    expect(await claimRequest(database.store)).toMatchObject({ what: 'sweep' })
    expect((await networks('notice', 'Office')).out).toMatch(/How often: every 10 minutes/)
  })

  test('says how to name somebody to ask', async () => {
    const added = await networks('add', '203.0.113.0/24')
    expect(added.err).toMatch(/ipspace settings set contact/)
  })

  test.each([
    [['192.0.2.5/24'], /192\.0\.2\.0\/24/],
    [['10.1'], /"10\.1"/],
    [['010.0.0.1'], /"010\.0\.0\.1"/],
    [['192.0.2.0/255.0.255.0'], /holes/],
    [['10.0.0.0/7'], /larger than a \/8/],
    [['224.0.0.0/8'], /multicast/],
    [['192.0.2.0/24', '--rate', '0'], /rate of 0/],
    [['192.0.2.0/24', '--interval', '7'], /choose 5, 10, 15, 30 or 60/],
    [['10.0.0.0/16', '--rate', '100'], /at least 351 packets per second/],
    [['192.0.2.0/24', '--gateway', '192.0.3.1'], /gateway/],
    [['192.0.2.0/24', '--site', 'paris'], /there is no site "paris": choose main/],
    [[], /missing required argument/],
  ])('refuses %j with exit code 2 and saves nothing', async (args, error) => {
    const refused = await networks('add', ...args)
    expect(refused.code).toBe(2)
    expect(refused.err).toMatch(error)
    expect(await watched()).toEqual([])
    expect(await claimRequest(database.store)).toBeUndefined()
  })

  test('names all mistakes at once', async () => {
    const refused = await networks('add', '10.1', '--interval', '7', '--rate', '0', '--vlan', 'x')
    expect(refused.err.split('\n').filter((line) => line !== '')).toHaveLength(4)
  })

  test('names the network that it would overlap', async () => {
    await networks('add', '10.0.0.0/24', '--name', 'Office')
    const refused = await networks('add', '10.0.0.0/16')
    expect(refused).toMatchObject({ code: 2 })
    expect(refused.err).toMatch(/10\.0\.0\.0\/16 overlaps 10\.0\.0\.0\/24 \(Office\): choose/)
  })

  test('keeps escape sequences out of the terminal', async () => {
    const refused = await networks('add', '\u001b[2J10.1', '--name', '\u001b[31mred')
    expect(refused.code).toBe(2)
    expect(refused.err).not.toContain('\u001b')
  })
})

describe('networks list', () => {
  beforeEach(async () => {
    await networks('add', '10.0.10.0/24', '--name', 'beta', '--vlan', '9')
    await networks('add', '10.0.9.0/24', '--name', '=alpha', '--gateway', '10.0.9.1')
    await networks('add', '10.0.11.0-10.0.11.9', '--tag', 'lab', '--disabled')
  })

  test('is in the order of the addresses, and hides the only site', async () => {
    const { out } = await networks('list')
    const lines = out.trim().split('\n')
    expect(lines[0]).toMatch(/^id +network +name +tag +vlan +gateway +sweep_minutes +packets_per/)
    expect(lines[0]).not.toMatch(/site/)
    expect(lines.slice(1).map((line) => line.trim().split(/ +/)[1])).toEqual([
      '10.0.9.0/24',
      '10.0.10.0/24',
      '10.0.11.0-10.0.11.9',
    ])
  })

  test('is JSON under the names of the tables', async () => {
    const rows = JSON.parse((await networks('list', '--format', 'json', '--match', 'alpha')).out)
    expect(rows).toEqual([
      {
        id: 2,
        network: '10.0.9.0/24',
        first: '10.0.9.0',
        last: '10.0.9.255',
        prefix_length: 24,
        addresses: 256,
        name: '=alpha',
        tag: '',
        vlan: null,
        gateway: '10.0.9.1',
        sweep_minutes: 5,
        packets_per_second: 500,
        enabled: true,
        dark_since: null,
        notes: '',
      },
    ])
  })

  test('sorts, limits and matches', async () => {
    const names = async (...args: string[]) =>
      JSON.parse((await networks('list', '--format', 'json', ...args)).out).map(
        (row: { network: string }) => row.network,
      )
    const [nine, ten, eleven] = ['10.0.9.0/24', '10.0.10.0/24', '10.0.11.0-10.0.11.9']
    expect(await names('--sort', 'network')).toEqual([nine, ten, eleven])
    expect(await names('--sort', '-network', '--limit', '2')).toEqual([eleven, ten])
    expect(await names('--sort', '-vlan', '--limit', '1')).toEqual([ten])
    expect(await names('--match', '^\\d+\\t10\\.0\\.1[01]')).toEqual([ten, eleven])
    expect(await names('--match', 'nowhere')).toEqual([])
  })

  test('refuses a wrong regular expression, column, format or limit', async () => {
    expect(await networks('list', '--match', '(')).toMatchObject({ code: 2 })
    expect((await networks('list', '--sort', 'colour')).err).toMatch(/choose id, network, name/)
    expect(await networks('list', '--format', 'xml')).toMatchObject({ code: 2 })
    expect(await networks('list', '--limit', 'x')).toMatchObject({ code: 2 })
  })

  test('as CSV starts no formula and can be imported again', async () => {
    const { out } = await networks('list', '--format', 'csv')
    expect(out).toContain("'=alpha")
    const file = path.join(folder, 'again.csv')
    writeFileSync(file, out)
    const before = await listNetworks(database.store)
    for (const network of before) await networks('remove', String(network.id), '--yes')
    expect(await networks('import', file)).toMatchObject({ code: 0 })
    const after = await listNetworks(database.store)
    expect(after.map((n) => ({ ...n, id: 0 }))).toEqual(before.map((n) => ({ ...n, id: 0 })))
  })

  test('shows the site once there are two', async () => {
    await runHere(database, sitesCommands, ['sites', 'add', 'berlin', '--engine', 'b'])
    expect((await networks('list')).out).toMatch(/^id +site +network/)
    expect((await networks('list', '--site', 'berlin')).out).toBe('')
    expect((await networks('add', '10.7.0.0/24')).err).toMatch(
      /several sites.*--site: main, berlin/,
    )
  })
})

test('an empty list says so on standard error alone', async () => {
  const { out, err } = await networks('list')
  expect(out).toBe('')
  expect(err).toMatch(/add one with "ipspace networks add/)
  expect(JSON.parse((await networks('list', '--format', 'json')).out)).toEqual([])
})

test('networks edit changes what it is told to, and nothing else', async () => {
  await networks('add', '10.0.0.0/24', '--name', 'Office', '--vlan', '9', '--rate', '40')
  const edited = await networks('edit', 'Office', '--interval', '30', '--vlan', 'none', '--disable')
  expect(edited).toMatchObject({ code: 0 })
  expect(edited.out).toMatch(
    /Changed 10\.0\.0\.0\/24 \(Office\)\.\n254 addresses: up to 40 packets/,
  )
  expect((await listNetworks(database.store))[0]).toMatchObject({
    name: 'Office',
    vlan: undefined,
    sweepMinutes: 30,
    packetsPerSecond: 40,
    enabled: false,
  })
  expect((await networks('edit', 'Office')).err).toMatch(/nothing to change/)
  expect((await networks('edit', 'Office', '--enable', '--disable')).code).toBe(2)
  expect((await networks('edit', 'Lab', '--tag', 'x')).err).toMatch(/there is no network "Lab"/)
  await networks('edit', 'Office', '--range', '10.0.0.0/23', '--enable')
  expect(await watched()).toEqual(['10.0.0.0/23'])
})

describe('networks remove', () => {
  beforeEach(async () => {
    await networks('add', '10.0.0.0/24', '--name', 'Office')
    await networks('add', '10.0.1.0/24')
    await database.store.run(
      "INSERT INTO address (site_id, ip, ip_text, last_modified) VALUES (1, 167772165, '10.0.0.5', NOW())",
    )
  })
  const addresses = async () => (await database.store.query('SELECT ip FROM address')).length

  test('without a terminal needs --yes, and says so', async () => {
    const refused = await runApart(database, ['networks', 'remove', 'Office'])
    expect(refused).toMatchObject({ code: 2, out: '' })
    expect(refused.err).toMatch(/10\.0\.0\.0\/24 \(Office\).*no terminal to ask on, so add --yes/)
    expect(await watched()).toHaveLength(2)
  })

  test('keeps the history, unless it is to be forgotten', async () => {
    const removed = await networks('remove', '10.0.0.0/24', '--yes')
    expect(removed.out).toBe(
      'Removed 10.0.0.0/24 (Office); the history of 1 address stays, outside any network.\n',
    )
    expect(await addresses()).toBe(1)
    await networks('add', '10.0.0.0/24')
    const forgotten = await networks('remove', '10.0.0.0/24', '--yes', '--forget')
    expect(forgotten.out).toMatch(/the history of 1 address is forgotten/)
    expect(await addresses()).toBe(0)
    expect(await watched()).toEqual(['10.0.1.0/24'])
  })

  test('on a terminal asks for the name, or for the range where there is none', async () => {
    const wrong = await runOnTerminal(database, ['networks', 'remove', 'Office'], 'office\n')
    expect(wrong.out).toMatch(/Type Office to go on/)
    expect(wrong).toMatchObject({ code: 2, out: expect.stringMatching(/nothing was removed/) })
    expect(await watched()).toHaveLength(2)
    expect(
      await runOnTerminal(database, ['networks', 'remove', 'Office'], 'Office\n'),
    ).toMatchObject({
      code: 0,
    })
    const unnamed = await runOnTerminal(
      database,
      ['networks', 'remove', '10.0.1.0/24'],
      '10.0.1.0/24\n',
    )
    expect(unnamed.code).toBe(0)
    expect(await watched()).toEqual([])
  })

  test('on a terminal that is closed instead of answering removes nothing', async () => {
    const closed = await runOnTerminal(database, ['networks', 'remove', 'Office'], '\u0004')
    expect(closed.code).toBe(2)
    expect(await watched()).toHaveLength(2)
  })
})

describe('networks import', () => {
  const HEADER = 'network,name,tag,vlan,notes,sweep_minutes,packets_per_second,gateway,site'
  const importText = (text: string | Buffer, ...args: string[]) => {
    const file = path.join(folder, 'networks.csv')
    writeFileSync(file, text)
    return networks('import', file, ...args)
  }

  test('adds all, from a spreadsheet too', async () => {
    const text = `\ufeff${HEADER.replaceAll(',', ';')}\r\n10.0.0.0/24;"Büro; West";;12;;15;100;10.0.0.1;main\r\n10.0.1.0/24\r\n`
    const imported = await importText(text)
    expect(imported).toMatchObject({ code: 0 })
    expect(imported.out).toMatch(/10\.0\.0\.0\/24 \(Büro; West\): 254 addresses: up to 100 packets/)
    expect(imported.out).toMatch(/Added 2 networks\./)
    expect((await listNetworks(database.store))[0]).toMatchObject({
      name: 'Büro; West',
      vlan: 12,
      sweepMinutes: 15,
    })
    expect(await claimRequest(database.store)).toBeDefined()
  })

  test('adds none where one line is bad, and names each with its number', async () => {
    const text = `${HEADER}\n10.0.0.0/24\n10.1,a\n10.0.1.5/24,b\n10.0.2.0/24,,,,,5,0\n10.0.3.0/24,,,,,,,,paris\n`
    const refused = await importText(text)
    expect(refused).toMatchObject({ code: 2, out: '' })
    expect(refused.err.split('\n').map((line) => line.slice(0, 12))).toEqual([
      'line 3: "10.',
      'line 4: "10.',
      'line 5: a ra',
      'line 6: ther',
      'Nothing was ',
    ])
    expect(await watched()).toEqual([])
  })

  test('names both lines of an overlap inside the file, and overlaps with what is watched', async () => {
    await networks('add', '10.9.0.0/24', '--name', 'Old')
    const refused = await importText(
      'network,name\n10.0.0.0/16,Wide\n10.9.0.128/25,New\n10.0.4.0/24,Narrow\n',
    )
    expect(refused.code).toBe(2)
    expect(refused.err).toMatch(/^line 3: 10\.9\.0\.128\/25 overlaps 10\.9\.0\.0\/24 \(Old\): /m)
    expect(refused.err).toMatch(
      /^line 4: 10\.0\.4\.0\/24 overlaps 10\.0\.0\.0\/16 \(Wide\) of line 2: /m,
    )
    expect(await watched()).toEqual(['10.9.0.0/24'])
  })

  test('refuses what is not UTF-8, not there, or too large', async () => {
    expect((await importText(Buffer.from('network\n\xe4', 'latin1'))).err).toMatch(/not UTF-8/)
    expect((await networks('import', path.join(folder, 'none.csv'))).err).toMatch(/cannot be read/)
    expect((await importText('x'.repeat(5_000_001))).err).toMatch(/over 5000000 bytes/)
    expect(await networks('import', folder)).toMatchObject({ code: 2 })
  })

  test('reads standard input', async () => {
    const ran = await runApart(database, ['networks', 'import', '-'], 'network\n10.0.0.0/24\n')
    expect(ran).toMatchObject({ code: 0, err: '' })
    expect(await watched()).toEqual(['10.0.0.0/24'])
  })

  test('takes a thousand networks in one go', async () => {
    const lines = Array.from({ length: 1_000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`)
    expect(await importText(`network\n${lines.join('\n')}\n`)).toMatchObject({ code: 0 })
    expect(await watched()).toHaveLength(1_000)
  })
})

test('what is excluded makes a network cheaper', async () => {
  await runHere(database, exclusionsCommands, [
    ...['exclusions', 'add', '10.0.0.0-10.0.0.99', '--reason', 'dhcp'],
  ])
  expect((await networks('add', '10.0.0.0/24')).out).toMatch(/^155 addresses: /m)
})
