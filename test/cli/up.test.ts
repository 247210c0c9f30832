import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closedFolders } from '../../src/cli/closed-folders.js'
import { PROJECT_DIR } from '../../src/config.js'
import {
  childrenOf,
  ipspace,
  isAlive,
  makeFolder,
  type Running,
  startIpspace,
  statusOf,
  until,
} from '../support/ipspace.js'

const RAW_PACKETS = '0000000000002000'
const NOTHING = '0000000000000000'
const NOBODY = { uid: 65_534, gid: 65_534 }
const PARTS = ['scanner', 'web', 'database'] as const
const isRoot = process.getuid?.() === 0
const isOpen = closedFolders([path.join(PROJECT_DIR, 'bin')], NOBODY).length === 0
if (!isRoot) console.warn('skipped: what a start as root drops takes root')
if (!isOpen) console.warn('skipped: a start as an ordinary user takes a clone that all may read')

const { folder, remove } = makeFolder()
const env = { IPSPACE_DATA_DIR: path.join(folder, 'data'), IPSPACE_PORT: '0' }
let up: Running

beforeAll(async () => {
  up = startIpspace(['up'], { env })
  await up.says('Ctrl-C stops it')
  await up.says('sweeping as engine')
})
afterAll(async () => {
  up.process.kill('SIGKILL')
  await until(() => !Object.values(up.process.pid ? safeChildren(up) : {}).some(isAlive))
  remove()
})

function safeChildren(running: Running): Record<string, number> {
  return isAlive(running.process.pid!) ? childrenOf(running.process.pid!) : {}
}

test('the first start tells the address, the password once, and how to go on', () => {
  const told = up.stdout()
  expect(told).toMatch(/https:\/\/127\.0\.0\.1:\d+\//)
  expect(told).toMatch(/with password {2}([a-z2-9]{5}-){3}[a-z2-9]{5}\n/)
  expect(told).toContain('127.0.0.0/28')
  expect(told).toContain('networks add')
  expect(told).toContain('IPSPACE_HOST=0.0.0.0')
  expect(up.stderr()).not.toMatch(/[a-z2-9]{5}-[a-z2-9]{5}-/)
})

test.runIf(isRoot)('only the scanner has a right, and nothing of it runs as root', () => {
  const children = childrenOf(up.process.pid!)
  for (const part of PARTS) {
    const pid = children[part]
    expect(statusOf(pid, 'Uid').split('\t')).not.toContain('0')
    expect([part, statusOf(pid, 'NoNewPrivs')]).toEqual([part, '1'])
    const rights = part === 'scanner' ? RAW_PACKETS : NOTHING
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
      expect([part, set, statusOf(pid, set)]).toEqual([part, set, rights])
    }
  }
})

test('a second start on the same data folder names the first', async () => {
  const second = await ipspace(['up'], { env })
  expect(second.code).toBe(1)
  expect(second.stderr).toContain(`process ${up.process.pid}`)
})

test('commands work on the database that runs', async () => {
  const listed = await ipspace(['networks', 'list', '--format', 'json'], { env })
  expect(JSON.parse(listed.stdout)).toMatchObject([{ network: '127.0.0.0/28' }])
  const doctor = await ipspace(['doctor'], { env })
  expect(doctor.stdout).toMatch(/^ok {4}database: /m)
  expect(doctor.stdout).toMatch(/^ok {4}tables: /m)
})

test('a second scanner with the same name ends with 1 and names the first', async () => {
  const second = await ipspace(['scanner'], { env })
  expect(second.code).toBe(1)
  expect(second.stderr).toContain(`process ${childrenOf(up.process.pid!).scanner}`)
})

test('a second web serves beside the first, and ends when it is asked', async () => {
  const second = startIpspace(['web'], { env })
  await second.says('serving https://127.0.0.1:')
  const exit = once(second.process, 'exit')
  second.process.kill('SIGTERM')
  expect(await exit).toEqual([0, null])
})

test('each part that is killed is started again', async () => {
  const before = childrenOf(up.process.pid!)
  for (const part of PARTS) process.kill(before[part], 'SIGKILL')
  await until(() => {
    const now = childrenOf(up.process.pid!)
    return PARTS.every((part) => now[part] !== undefined && now[part] !== before[part])
  })
  for (const part of PARTS) expect(up.stderr()).toContain(`the ${part} was ended by SIGKILL`)
  await until(async () => (await ipspace(['users', 'list'], { env })).stdout.includes('admin'))
})

test('after kill -9 of it all nothing lingers, and a new start works at once', async () => {
  const before = childrenOf(up.process.pid!)
  up.process.kill('SIGKILL')
  up = startIpspace(['up', '127.0.0.16/28'], { env })
  await up.says('Ctrl-C stops it')
  await up.says('sweeping as engine')
  for (const part of PARTS) expect([part, isAlive(before[part])]).toEqual([part, false])
  expect(up.stdout()).toContain('127.0.0.0/28, 127.0.0.16/28')
  expect(up.stdout()).toContain('To forward to the colleagues concerned')
  expect(up.stdout()).not.toContain('password')
})

test('SIGTERM stops scanner, web and database in this order, and ends with 0', async () => {
  const children = childrenOf(up.process.pid!)
  const gone: string[] = []
  const exit = once(up.process, 'exit')
  up.process.kill('SIGTERM')
  await until(() => {
    for (const part of PARTS) {
      if (!isAlive(children[part]) && !gone.includes(part)) gone.push(part)
    }
    return gone.length === PARTS.length
  })
  expect(gone).toEqual(PARTS)
  expect(await exit).toEqual([0, null])
})

test('a network that cannot be is refused before anything starts, each by name', async () => {
  const data = path.join(folder, 'never made')
  const ended = await ipspace(['up', '192.0.2.1/24', '010.0.0.1'], {
    env: { ...env, IPSPACE_DATA_DIR: data },
  })
  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain('192.0.2.0/24')
  expect(ended.stderr).toContain('010.0.0.1')
  expect(existsSync(data)).toBe(false)
})

test('a network that overlaps one that is watched is refused, and all stops again', async () => {
  const ended = await ipspace(['up', '127.0.0.0/24'], { env })
  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain('127.0.0.0/28')
})

test('a port that is taken ends the start with 2 and the mend', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const ended = await ipspace(['up'], { env: { ...env, IPSPACE_PORT: String(port) } })
  server.close()
  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain('IPSPACE_PORT')
})

test.runIf(isRoot && isOpen)(
  'an ordinary user sees all start, and that nothing can be asked',
  async () => {
    const own = makeFolder()
    chownSync(own.folder, NOBODY.uid, NOBODY.gid)
    const launch = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--']
    const password = 'violet harbour lantern seven'
    const given = { IPSPACE_DATA_DIR: own.folder, IPSPACE_ADMIN_PASSWORD: password }
    const running = startIpspace(['up'], { launch, env: { ...env, ...given } })
    await running.says('with the password of IPSPACE_ADMIN_PASSWORD')
    await running.says('CAP_NET_RAW')
    expect(`${running.stdout()}${running.stderr()}`).not.toContain(password)
    const exit = once(running.process, 'exit')
    running.process.kill('SIGINT')
    expect(await exit).toEqual([0, null])
    const owners = execFileSync('find', [own.folder, '!', '-user', '65534'], { encoding: 'utf8' })
    expect(owners).toBe('')
    own.remove()
  },
)
