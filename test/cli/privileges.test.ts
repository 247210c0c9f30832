import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkReach, serviceEnvironment, serviceLaunch } from '../../src/cli/privileges.js'
import { readConfig } from '../../src/config.js'
import { makeFolder } from '../support/ipspace.js'

const STRANGER = { uid: 65_534, gid: 65_534 }
const NOTHING = '0000000000000000'
const RAW_PACKETS = '0000000000002000'
const isRoot = process.getuid?.() === 0
if (!isRoot) console.warn('skipped: dropping privileges takes root')

let folder: string
let remove: () => void
beforeEach(() => {
  ;({ folder, remove } = makeFolder())
})
afterEach(() => remove())

/** What the kernel says of a process that was launched with these words. */
function statusOf(launch: readonly string[]): Record<string, string> {
  const answer = spawnSync(launch[0]!, [...launch.slice(1), 'cat', '/proc/self/status'])
  const lines = answer.stdout.toString().trim().split('\n')
  return Object.fromEntries(lines.map((line) => line.split(':').map((part) => part.trim())))
}

test.runIf(isRoot).each([
  ['none', NOTHING],
  ['raw-packets', RAW_PACKETS],
] as const)('started by root with the right "%s", a service has no other', (right, set) => {
  const status = statusOf(serviceLaunch(STRANGER, right))
  expect(status).toMatchObject({ NoNewPrivs: '1', Groups: '' })
  expect(status.Uid?.split('\t')).toEqual(['65534', '65534', '65534', '65534'])
  for (const name of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
    expect([name, status[name]]).toEqual([name, set])
  }
})

test.runIf(isRoot)('started by an ordinary user with that right, only the scanner keeps it', () => {
  const given = serviceLaunch(STRANGER, 'raw-packets')
  expect(statusOf([...given, ...serviceLaunch(undefined, 'raw-packets')]).CapEff).toBe(RAW_PACKETS)
  const web = statusOf([...given, ...serviceLaunch(undefined, 'none')])
  expect(web).toMatchObject({ CapInh: NOTHING, CapPrm: NOTHING, CapEff: NOTHING, CapAmb: NOTHING })
})

test.runIf(isRoot)('where root itself has lost the right, a service starts without it', () => {
  const less = ['setpriv', '--bounding-set=-net_raw', '--inh-caps=-net_raw', '--']
  const module = JSON.stringify(
    path.resolve(import.meta.dirname, '../../dist/src/cli/privileges.js'),
  )
  const script = `import(${module}).then(({ serviceLaunch }) =>
    console.log(serviceLaunch({ uid: 65534, gid: 65534 }, 'raw-packets').join(' ')))`
  const answer = spawnSync(less[0]!, [...less.slice(1), process.execPath, '-e', script])
  expect(answer.stdout.toString()).toContain('--ambient-caps=-all ')
})

test.runIf(isRoot)('a program that is itself closed to the service user is named', () => {
  chmodSync(folder, 0o755)
  const program = path.join(folder, 'dist')
  mkdirSync(program, { mode: 0o700 })
  expect(() => checkReach(STRANGER, [program])).toThrow(program)
  chmodSync(program, 0o755)
  expect(() => checkReach(STRANGER, [program])).not.toThrow()
})

test('what a service inherits holds no password and no folder of root', () => {
  process.env.IPSPACE_ADMIN_PASSWORD = 'hushhush-hushhush'
  process.env.TMPDIR = '/root/tmp'
  const config = readConfig({ IPSPACE_DATA_DIR: folder })
  const environment = serviceEnvironment(config, STRANGER)
  delete process.env.IPSPACE_ADMIN_PASSWORD
  delete process.env.TMPDIR
  expect(environment).toMatchObject({ HOME: folder, IPSPACE_DATA_DIR: folder })
  expect(environment).not.toHaveProperty('IPSPACE_ADMIN_PASSWORD')
  expect(environment).not.toHaveProperty('TMPDIR')
})
