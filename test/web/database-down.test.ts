import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrate } from '../../src/store/migrate.js'
import { openStore } from '../../src/store/pool.js'
import { type PrivateServer, startPrivateServer } from '../../src/store/private-server.js'
import { makeUser, startTestWeb, type TestWeb, Visitor, visitorLoggedIn } from '../support/web.js'

const folder = mkdtempSync(path.join(tmpdir(), 'ipspace-down-'))
let server: PrivateServer
let web: TestWeb
let visitor: Visitor
beforeAll(async () => {
  server = await startPrivateServer(folder)
  const address = { socketPath: server.socketPath, database: server.database }
  const store = openStore(address)
  await migrate(store, 'test')
  await store.run(
    "INSERT INTO site (name, time_zone, created_at) VALUES ('main', 'UTC', UTC_TIMESTAMP())",
  )
  await makeUser(store, 'admin', 'administrator')
  await store.close()
  web = await startTestWeb({ socketPath: server.socketPath, name: server.database })
  visitor = await visitorLoggedIn(web.url, 'admin')
})
afterAll(async () => {
  await web.close()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function ask(
  page: string,
): Promise<{ status: number; text: string; seconds: number; retry: unknown; refresh: unknown }> {
  const began = performance.now()
  const { status, text, headers } = await visitor.get(page)
  return {
    status,
    text,
    seconds: (performance.now() - began) / 1_000,
    retry: headers['retry-after'],
    refresh: headers.refresh,
  }
}

test('killed: every page says so within 3 s, the login page opens, and all heals within 5 s of its return', async () => {
  expect((await ask('/')).status).toBe(200)
  server.process.kill('SIGKILL')
  await pause(200)
  for (const page of [
    '/',
    '/networks',
    '/addresses',
    '/addresses/192.0.2.1',
    '/sweeps',
    '/healthz',
  ]) {
    const answer = await ask(page)
    expect([page, answer.status]).toEqual([page, 503])
    expect(answer.seconds).toBeLessThan(3)
    if (page === '/healthz') continue
    expect([answer.retry, answer.refresh]).toEqual(['5', '5'])
    expect(answer.text).toContain('The database does not answer')
    expect(answer.text).toMatch(/Request <code>[0-9a-f]{12}<\/code>/)
    expect(answer.text).not.toMatch(/socket|ECONN|ENOENT|mysql/i)
  }
  expect((await new Visitor(web.url).get('/login')).status).toBe(200)
  expect((await new Visitor(web.url).logIn('admin')).status).toBe(503)
  server = await startPrivateServer(folder)
  const back = performance.now()
  while ((await ask('/')).status !== 200) await pause(100)
  expect((performance.now() - back) / 1_000).toBeLessThan(5)
  expect((await ask('/addresses')).status).toBe(200)
})

test('hung: no request takes over 5 s', { timeout: 60_000 }, async () => {
  server.process.kill('SIGSTOP')
  try {
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('/networks')))
    for (const answer of answers) {
      expect(answer.status).toBe(503)
      expect(answer.seconds).toBeLessThan(5)
    }
  } finally {
    server.process.kill('SIGCONT')
  }
  const back = performance.now()
  while ((await ask('/')).status !== 200) await pause(100)
  expect((performance.now() - back) / 1_000).toBeLessThan(5)
})
