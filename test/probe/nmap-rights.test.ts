import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkNmap } from '../../src/probe/nmap-rights.js'
import { makeFakeNmap } from '../support/make-fake-nmap.js'
import { isRoot } from '../support/routed-pair.js'

const NMAP = '/usr/bin/nmap'
const AS_NOBODY = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups']
const withRights = (rights: string) =>
  ['--inh-caps', '--ambient-caps', '--bounding-set'].map((option) => `${option}=${rights}`)

let folder: string

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ipspace-rights-'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

if (!isRoot) console.warn('NOT ROOT: the tests of capabilities are SKIPPED')

describe.runIf(isRoot)('the right to send raw packets', () => {
  test.each([
    ['root', []],
    ['an ordinary user with ambient CAP_NET_RAW', [...AS_NOBODY, ...withRights('-all,+net_raw')]],
  ])('%s is ready', async (_, launch) => {
    expect(await checkNmap(NMAP, launch)).toEqual({
      state: 'ready',
      version: expect.stringMatching(/^7\.[0-9]+$/),
    })
  })

  test.each([
    ['a plain user', [...AS_NOBODY, ...withRights('-all')]],
    ['a user with another right', [...AS_NOBODY, ...withRights('-all,+net_bind_service')]],
    ['root without capabilities', ['setpriv', '--inh-caps=-all', '--bounding-set=-all']],
  ])('%s is refused, with what to do', async (_, launch) => {
    expect(await checkNmap(NMAP, launch)).toEqual({
      state: 'refused',
      reason: expect.stringMatching(/CAP_NET_RAW/),
      mend: expect.stringMatching(
        /as root.*ipspace service.*setpriv .*--ambient-caps=-all,\+net_raw/,
      ),
    })
  })
})

test('an nmap that is not there is refused with the line that installs it', async () => {
  expect(await checkNmap('/nowhere/nmap', [])).toEqual({
    state: 'refused',
    reason: 'nmap is not at /nowhere/nmap',
    mend: expect.stringMatching(/apt-get install nmap/),
  })
})

test('a file that may not be run is refused', async () => {
  const file = path.join(folder, 'nmap')
  writeFileSync(file, '')
  chmodSync(file, 0o644)
  expect(await checkNmap(file, [])).toMatchObject({
    reason: expect.stringMatching(/not a program that may be run/),
  })
  expect(await checkNmap(folder, [])).toMatchObject({ state: 'refused' })
})

test.each([
  ['old', /7\.70 .* is too old: 7\.80/],
  ['stranger', /does not say that it is nmap/],
])('an nmap that is %s is refused', async (mode, reason) => {
  expect(await checkNmap(makeFakeNmap(folder, mode), [])).toEqual({
    state: 'refused',
    reason: expect.stringMatching(reason),
    mend: expect.stringMatching(/apt-get install nmap/),
  })
})

test('a launch that is missing or refuses is named', async () => {
  expect(await checkNmap(NMAP, ['/nowhere/launch'])).toMatchObject({
    reason: '/nowhere/launch, which starts nmap, is not installed',
  })
  expect(await checkNmap(NMAP, ['false'])).toMatchObject({
    reason: expect.stringMatching(/cannot be started by "false setpriv/),
  })
})
