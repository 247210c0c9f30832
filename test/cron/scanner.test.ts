import { afterAll, beforeAll, expect, test } from 'vitest'
import { EngineTaken, runScanner } from '../../cron/scanner.js'
import { type Config, readConfig } from '../../src/config.js'
import { openLog } from '../../src/log.js'
import { readEngine } from '../../src/store/engines.js'
import { addRequest, readRequest } from '../../src/store/requests.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { NMAP, plantNetwork } from '../support/scanning.js'

let database: TestDatabase
beforeAll(async () => {
  database = await makeDatabase()
})
afterAll(() => database.drop())

/** A whole scanner within this process, until it is told to stop. */
async function start(engine: string, change: Partial<Config> = {}) {
  const stop = new AbortController()
  const config = { ...readConfig({ IPSPACE_ENGINE: engine }), nmapPath: NMAP, ...change }
  let ready: () => void = () => undefined
  const isReady = new Promise<void>((resolve) => {
    ready = resolve
  })
  const ended = runScanner({
    store: database.store,
    config,
    log: openLog('test', 'silent'),
    launch: [],
    signal: stop.signal,
    onReady: ready,
  })
  await Promise.race([isReady, ended])
  return {
    ended,
    async stop() {
      stop.abort()
      await ended
    },
  }
}

async function until(question: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 20_000
  while (!(await question())) {
    if (Date.now() > giveUpAt) throw new Error('waited in vain')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const states = (networkId: number) =>
  database.store.query<{ state: string; error: string | null }>(
    'SELECT state, error FROM sweep WHERE network_id = ?',
    [networkId],
  )

test('the slot of this moment is swept at once, and a network that is added too', async () => {
  const first = await plantNetwork(database.store, '127.0.1.0/28')
  const scanner = await start('e1')
  try {
    await until(async () => (await states(first.network.id)).some((it) => it.state === 'counted'))
    const second = await plantNetwork(database.store, '127.0.2.0/28')
    const id = await addRequest(
      database.store,
      'sweep',
      String(second.network.id),
      'test',
      new Date(),
    )
    await until(async () => (await readRequest(database.store, id))?.state === 'done')
    expect(await states(second.network.id)).toEqual([{ state: 'counted', error: null }])
    const answer = JSON.parse((await readRequest(database.store, id))?.answer ?? '{}')
    expect(answer).toMatchObject({ asked: 14, alive: 14, new: 14 })
  } finally {
    await scanner.stop()
  }
  expect(await readEngine(database.store, 'e1')).toBeUndefined()
})

test('a second scanner with the same name is refused and names the first', async () => {
  const scanner = await start('e2')
  try {
    await expect(start('e2')).rejects.toThrow(EngineTaken)
    await expect(start('e2')).rejects.toThrow(new RegExp(`"e2": process ${process.pid} on `))
    await (await start('e3')).stop()
  } finally {
    await scanner.stop()
  }
})

test('without nmap nothing is counted, and engine and slot say why', async () => {
  const { network } = await plantNetwork(database.store, '127.0.3.0/28')
  const scanner = await start('e4', { nmapPath: '/nonexistent/nmap' })
  try {
    await until(async () => (await states(network.id)).length > 0)
    expect(await states(network.id)).toEqual([
      { state: 'missed', error: expect.stringMatching(/nmap.*apt-get install/) },
    ])
    expect((await readEngine(database.store, 'e4'))?.problem).toMatch(/nmap/)
  } finally {
    await scanner.stop()
  }
})

test('a site that another engine sweeps is left alone', async () => {
  const { site, network } = await plantNetwork(database.store, '127.0.4.0/28')
  await database.store.run('UPDATE site SET engine = ? WHERE id = ?', ['elsewhere', site.id])
  const other = await plantNetwork(database.store, '127.0.5.0/28')
  await database.store.run(
    "INSERT INTO site (name, time_zone, created_at) VALUES ('b', 'UTC', UTC_TIMESTAMP())",
  )
  await database.store.run(
    "UPDATE network SET site_id = (SELECT id FROM site WHERE name = 'b') WHERE id = ?",
    [other.network.id],
  )
  const scanner = await start('e5')
  try {
    await until(async () => (await states(other.network.id)).length > 0)
    expect(await states(network.id)).toEqual([])
  } finally {
    await scanner.stop()
  }
})
