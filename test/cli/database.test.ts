import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { isServing } from '../../src/store/private-server.js'
import { ipspace, makeFolder, startIpspace, until } from '../support/ipspace.js'

const GOOD = 'violet harbour lantern seven'
const { folder, remove } = makeFolder()
const dataDir = path.join(folder, 'data')
const env = { IPSPACE_DATA_DIR: dataDir }
afterAll(remove)

test('two commands that both find no server run one between them, and leave none behind', async () => {
  const args = ['networks', 'list', '--format', 'json']
  const ended = await Promise.all([1, 2, 3].map(() => ipspace(args, { env })))
  for (const each of ended) expect(each).toEqual({ code: 0, stdout: '[]\n', stderr: '' })
  expect(await isServing(dataDir)).toBe(false)
})

test('a command that started the server waits for another that still uses it', async () => {
  const starter = startIpspace(['users', 'add', 'ada', '-'], { env })
  await until(() => isServing(dataDir))
  const other = startIpspace(['users', 'add', 'bob', '-'], { env })
  await pause(1_500)
  const ends = [once(starter.process, 'exit'), once(other.process, 'exit')]
  starter.process.stdin?.end(GOOD)
  await starter.says('added ada')
  await pause(300)
  expect(starter.process.exitCode).toBeNull()
  other.process.stdin?.end(GOOD)
  expect(await Promise.all(ends)).toEqual([
    [0, null],
    [0, null],
  ])
  expect(await isServing(dataDir)).toBe(false)
  const listed = await ipspace(['users', 'list', '--format', 'json'], { env })
  expect(JSON.parse(listed.stdout)).toMatchObject([{ name: 'ada' }, { name: 'bob' }])
})

test('"up" waits for a command that runs the server, says so, and goes on after it', async () => {
  const command = startIpspace(['users', 'add', 'eve', '-'], { env })
  await until(() => isServing(dataDir))
  const up = startIpspace(['up'], { env: { ...env, IPSPACE_PORT: '0' } })
  await up.says('waiting for another ipspace command')
  command.process.stdin?.end(GOOD)
  await up.says('Ctrl-C stops it')
  expect(command.process.exitCode).toBe(0)
  const exit = once(up.process, 'exit')
  up.process.kill('SIGTERM')
  expect(await exit).toEqual([0, null])
})

test('the tables are shown as applied, and a second time there is nothing to do', async () => {
  const first = await ipspace(['migrate'], { env })
  const again = await ipspace(['migrate', '--show'], { env })
  expect([first.code, again.code]).toEqual([0, 0])
  expect(again.stdout).toBe(first.stdout)
  expect(again.stdout).toMatch(/^001-sites-and-networks\.sql {2}applied {2}\d{4}-/)
})
