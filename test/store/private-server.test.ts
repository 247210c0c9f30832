import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { PROJECT_DIR } from '../../src/config.js'
import { openStore } from '../../src/store/pool.js'
import {
  isServing,
  type PrivateServer,
  privateAddress,
  ServerTaken,
  startPrivateServer,
} from '../../src/store/private-server.js'
import { isAlive, makeFolder, until } from '../support/ipspace.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function newFolder(): string {
  const { folder, remove } = makeFolder()
  cleanups.push(remove)
  return folder
}

async function start(folder: string): Promise<PrivateServer> {
  const server = await startPrivateServer(folder)
  cleanups.push(() => server.stop())
  return server
}

test('a second server on the same folder is refused at once, and the first stays', async () => {
  const folder = newFolder()
  const first = await start(folder)
  await expect(startPrivateServer(folder)).rejects.toThrow(ServerTaken)
  expect(isAlive(first.process.pid!)).toBe(true)
  expect(await isServing(folder)).toBe(true)
})

test('after kill -9 what was acknowledged is there again', async () => {
  const folder = newFolder()
  const first = await start(folder)
  const store = openStore(privateAddress(folder))
  await store.run('CREATE TABLE kept (id INT PRIMARY KEY)')
  for (let id = 1; id <= 50; id++) await store.run('INSERT INTO kept VALUES (?)', [id])
  first.process.kill('SIGKILL')
  await once(first.process, 'exit')
  await store.close()
  await start(folder)
  const again = openStore(privateAddress(folder))
  const [row] = await again.query<{ rows: number }>('SELECT COUNT(*) AS `rows` FROM kept')
  await again.close()
  expect(row?.rows).toBe(50)
})

test('an initialisation that was interrupted is begun again', async () => {
  const folder = newFolder()
  mkdirSync(path.join(folder, 'db.new', 'mysql'), { recursive: true })
  writeFileSync(path.join(folder, 'db.new', 'ibdata1'), 'half of it')
  await start(folder)
  expect(existsSync(path.join(folder, 'db.new'))).toBe(false)
  expect(await isServing(folder)).toBe(true)
})

test('a path that no socket can have is refused with the mend', async () => {
  const folder = path.join(newFolder(), 'x'.repeat(100))
  await expect(startPrivateServer(folder)).rejects.toThrow(/too long.*IPSPACE_DATA_DIR/)
})

test('a server that cannot start says where its log is', async () => {
  const folder = newFolder()
  await (await start(folder)).stop()
  writeFileSync(path.join(folder, 'db', 'ibdata1'), 'not a tablespace')
  await expect(startPrivateServer(folder)).rejects.toThrow(/did not start.*error\.log/)
})

test('it ends in order when its starter is killed', async () => {
  const folder = newFolder()
  const module = path.join(PROJECT_DIR, 'dist', 'src', 'store', 'private-server.js')
  const script = `import(${JSON.stringify(module)}).then(async ({ startPrivateServer }) => {
    console.log((await startPrivateServer(${JSON.stringify(folder)})).process.pid)
    setInterval(() => {}, 1000)
  })`
  const starter = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const pid = await new Promise<number>((resolve) =>
    starter.stdout.once('data', (line) => resolve(Number(line))),
  )
  expect(isAlive(pid)).toBe(true)
  starter.kill('SIGKILL')
  await until(() => !isAlive(pid))
  const log = readFileSync(path.join(folder, 'db', 'error.log'), 'utf8')
  expect(log).toContain('Shutdown complete')
})
