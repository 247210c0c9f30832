import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listAttachments } from '../../src/core/address/attached.js'
import { formatNetwork } from '../../src/core/address/network.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import {
  makeUser,
  startTestWeb,
  type TestWeb,
  untilRead,
  type Visitor,
  visitorLoggedIn,
} from '../support/web.js'

let database: TestDatabase
let web: TestWeb
let visitor: Visitor
beforeAll(async () => {
  database = await makeDatabase()
  const { store } = database
  await store.run(
    "INSERT INTO site (name, time_zone, created_at) VALUES ('main', 'UTC', UTC_TIMESTAMP())",
  )
  await store.run(
    `INSERT INTO network (site_id, first, last, prefix_length, packets_per_second, created_at)
     VALUES (1, ?, ?, 28, 500, UTC_TIMESTAMP())`,
    [0x7f000000, 0x7f00000f],
  )
  web = await startTestWeb(database)
  await makeUser(store, 'admin', 'administrator')
  visitor = await visitorLoggedIn(web.url, 'admin')
  await untilRead(visitor)
})
afterAll(async () => {
  await web.close()
  await database.drop()
})

test('home says how to watch more than this machine, naming the networks it is attached to', async () => {
  const { text } = await visitor.get('/')
  expect(text).toContain('127.0.0.0/28')
  expect(text).toContain('Watch your network')
  for (const { network, isLoopback } of listAttachments(networkInterfaces())) {
    const command = `bin/ipspace networks add ${formatNetwork(network)}<`
    if (isLoopback) expect(text).not.toContain(command)
    else expect(text).toContain(command)
  }
})

test('home says that nothing is swept while no scanner runs', async () => {
  const { text } = await visitor.get('/')
  expect(text).toContain('No scanner is running')
  expect(text).toContain('bin/ipspace scanner')
  expect(text).toContain('not yet')
})

test.each([
  ['/addresses', 'No address has answered yet.'],
  ['/sweeps', 'Nothing was swept yet'],
  ['/networks', 'Nothing is left out.'],
  ['/addresses/127.0.0.1', 'It was not asked in the last 30 days either'],
])('%s is empty and says why', async (page, sentence) => {
  expect((await visitor.get(page)).text).toContain(sentence)
})

test('without any network the pages stand, and say what to do', async () => {
  await database.store.run('DELETE FROM network')
  for (const page of ['/', '/networks']) {
    expect((await visitor.get(page)).text).toContain('bin/ipspace networks add')
  }
})
