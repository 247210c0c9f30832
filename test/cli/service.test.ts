import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeUnit } from '../../src/cli/systemd-unit.js'
import { readConfig } from '../../src/config.js'
import { ipspace, makeFolder } from '../support/ipspace.js'

const STRANGER = { uid: 65_534, gid: 65_534 }
const VERIFY = '/usr/bin/systemd-analyze'
if (!existsSync(VERIFY)) console.warn('without systemd-analyze the unit is only read here')

let folder: string
let remove: () => void
beforeEach(() => {
  ;({ folder, remove } = makeFolder())
})
afterEach(() => remove())

/** `Key=value` lines; a key may come again. */
function valuesOf(unit: string, key: string): string[] {
  return unit
    .split('\n')
    .filter((line) => line.startsWith(`${key}=`))
    .map((line) => line.slice(key.length + 1))
}

function verify(unit: string): void {
  for (const line of unit.split('\n')) expect(line).toMatch(/^$|^#|^\[\w+\]$|^[A-Z]\w+=/)
  if (!existsSync(VERIFY)) return
  const file = path.join(folder, 'ipspace.service')
  writeFileSync(file, unit)
  const answer = spawnSync(VERIFY, ['verify', file], { encoding: 'utf8' })
  expect([answer.status, answer.stderr]).toEqual([0, ''])
}

test('the printed unit holds real paths and only the right to send raw packets', async () => {
  const dataDir = path.join(folder, 'data')
  mkdirSync(dataDir)
  const { code, stdout, stderr } = await ipspace(['service'], {
    env: { IPSPACE_DATA_DIR: dataDir },
  })
  expect(code).toBe(0)
  verify(stdout)
  expect(valuesOf(stdout, 'ReadWritePaths')).toEqual([`"${dataDir}"`])
  expect(valuesOf(stdout, 'AmbientCapabilities')).toEqual(['CAP_NET_RAW'])
  expect(valuesOf(stdout, 'CapabilityBoundingSet')).toEqual(['CAP_NET_RAW'])
  expect(valuesOf(stdout, 'NoNewPrivileges')).toEqual(['yes'])
  expect(valuesOf(stdout, 'KillMode')).toEqual(['mixed'])
  const [node, command] = valuesOf(stdout, 'ExecStart')[0]!.match(/"[^"]+"/g)!
  expect(existsSync(node!.slice(1, -1)) && existsSync(command!.slice(1, -1))).toBe(true)
  expect(stderr).toContain('systemctl enable --now ipspace')
})

test('of a home or a closed folder the unit shows what is needed, whatever its name', () => {
  const closed = path.join(folder, '100% "closed"')
  const [program, dataDir] = [path.join(closed, 'dist'), path.join(closed, 'data')]
  mkdirSync(program, { recursive: true })
  mkdirSync(dataDir)
  const unit = writeUnit({
    projectDir: closed,
    config: { ...readConfig({}), dataDir },
    node: '/usr/bin/true',
    userName: 'daemon',
    user: STRANGER,
    paths: [program, dataDir, '/root/project/node_modules'],
  })
  verify(unit.replace(/^ExecStart=.*/m, 'ExecStart=/usr/bin/true'))
  expect(valuesOf(unit, 'ProtectHome')).toEqual(['tmpfs'])
  expect(valuesOf(unit, 'TemporaryFileSystem')).toEqual([`"${folder}:ro,mode=0755"`])
  expect(valuesOf(unit, 'BindPaths')).toEqual([`"${folder}/100%% \\"closed\\"/data"`])
  expect(valuesOf(unit, 'BindReadOnlyPaths')).toContain('"/root/project/node_modules"')
})
