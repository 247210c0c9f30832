import { afterAll, beforeAll, expect, test } from 'vitest'
import { believableNetworks, fillBelievably } from '../support/believable.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { identify } from '../support/identified.js'
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
  const now = new Date()
  await fillBelievably(database.store, believableNetworks(), now)
  await identify(database.store, now)
  web = await startTestWeb(database)
  await makeUser(database.store, 'viewer', 'viewer')
  visitor = await visitorLoggedIn(web.url, 'viewer')
})
afterAll(async () => {
  await web.close()
  await database.drop()
})

/** The page's text, without its markup, from one heading on. */
async function read(page: string, from: string): Promise<string> {
  const { status, text } = await visitor.get(page)
  expect(status).toBe(200)
  return text
    .slice(text.indexOf(from))
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
}

test('an address tells its names, who said so, and whether the name leads back', async () => {
  const facts = await read('/addresses/10.20.0.1', 'What is known')
  expect(facts).toContain('Hostname db-1.dc.example.net from DNS')
  expect(facts).toContain('PTR records db-1.dc.example.net alias.dc.example.net')
  expect(facts).toContain('Forward mismatch : the name does not lead back to this address')
  expect(await read('/addresses/10.20.0.8', 'What is known')).toContain('Forward match')
})

test('an address tells its hardware, its system, and what marks it as fragile', async () => {
  const facts = await read('/addresses/10.20.0.1', 'What is known')
  expect(facts).toContain('System Linux 6.1 - 6.8 97 % sure')
  expect(facts).toContain('Family Linux')
  expect(facts).toContain('CPE cpe:/o:linux:linux_kernel:6')
  expect(facts).toContain('Type linux')
  expect(facts).toContain('2 d ago : recognised')
  expect(facts).toContain(
    'by its own mark , the vendor &quot;vmware&quot; ( as they ask )'.replaceAll('&quot;', '&#34;'),
  )
  expect(await read('/addresses/10.20.0.9', 'What is known')).toContain(
    '02:42:ac:11:00:09 VMware, Inc. locally administered',
  )
})

test('the time line draws what was held, and says the same in a table', async () => {
  const { text } = await visitor.get('/addresses/10.20.0.1')
  const lanes = text.match(/<svg class="strip line".*?<\/svg>/gs) ?? []
  expect(lanes).toHaveLength(3)
  expect(lanes[0]?.match(/<rect/g)).toHaveLength(3)
  expect(lanes[0]).toMatch(/<title>printer7: \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d/)
  expect(lanes[2]).toContain('02:42:ac:11:00:02: before to ')
  const table = await read('/addresses/10.20.0.1', 'What was held, from when to when')
  expect(table).toContain('Hostname printer7 20 d ago 9 d ago 9 d ago DNS')
  expect(table).toContain('Hostname db-1.dc.example.net 8 d ago now DNS')
  expect(table).toContain('MAC 02:42:ac:11:00:02 before the history 5 h ago 6 h ago')
})

test('an address of which nothing is known says when it will be', async () => {
  await database.store.run(
    'UPDATE address SET hostname = NULL, name_source = NULL, os = NULL, mac = NULL WHERE ip = ?',
    [0x0a140214],
  )
  expect(await read('/addresses/10.20.2.20', 'Time line')).toContain(
    'No name, system or MAC is known of it yet.',
  )
})

test('the table of addresses tells who named them, which mismatch, and the system where it is chosen', async () => {
  await untilRead(visitor)
  const { text } = await visitor.get('/addresses?match=^10[.]20[.]0[.]1$')
  expect(text).toContain('title="db-1.dc.example.net, from DNS"')
  expect(text).toContain('<span class="unseen">mismatch</span>')
  expect(text).not.toContain('col-os')
  const chosen = await visitor.get('/addresses?last=os&sort=-os')
  expect(chosen.text).toContain('class="col-os" aria-sort="descending"')
  expect(chosen.text).toContain('<bdi title="Linux 6.1 - 6.8">')
  expect(chosen.text).toContain('<option value="os" selected>')
  expect((await visitor.get('/addresses?sort=os')).status).toBe(200)
})

test('home counts what changed in the last day, and leads to it', async () => {
  const { text } = await visitor.get('/')
  const links = [...text.matchAll(/<li><a href="([^"]+)">([^<]+)/g)].map((it) => [it[2], it[1]!])
  expect(links.map(([words]) => words)).toEqual([
    '2 names',
    '0 systems',
    '1 MAC',
    '1 conflict',
    'duplicates',
  ])
  const names = await visitor.get(links[0]![1]!.replaceAll('&amp;', '&'))
  expect(names.text.match(/<td role="cell" class="key">/g)).toHaveLength(2)
})

test('home says which resolver fails for everybody, and since when', async () => {
  expect((await visitor.get('/')).text).not.toContain('fails for everybody')
  await database.store.run(
    `INSERT INTO resolver (site_id, address, failures, failing_since, last_failure)
     VALUES (1, '10.20.0.53', 40, UTC_TIMESTAMP() - INTERVAL 2 HOUR, 'SERVFAIL'),
       (1, '10.20.0.54', 1, NULL, 'timeout')`,
  )
  const home = await read('/', 'The resolver')
  expect(home).toContain('The resolver 10.20.0.53 fails for everybody')
  expect(home).toContain('It has not answered since 2 h ago ; the last failure was SERVFAIL')
  expect(home).not.toContain('10.20.0.54')
})
