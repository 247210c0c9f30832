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
let viewer: Visitor
let operator: Visitor
beforeAll(async () => {
  database = await makeDatabase()
  await fillBelievably(database.store, believableNetworks().slice(0, 2), new Date())
  web = await startTestWeb(database)
  await makeUser(database.store, 'viewer', 'viewer')
  await makeUser(database.store, 'olga', 'operator')
  viewer = await visitorLoggedIn(web.url, 'viewer')
  operator = await visitorLoggedIn(web.url, 'olga')
})
afterAll(async () => {
  await web.close()
  await database.drop()
})

/** The words of each group on a page, by its name. */
async function groupsOf(page: string): Promise<Map<string, string>> {
  const { status, text } = await viewer.get(page)
  expect(status).toBe(200)
  const articles = text.match(/<article class="group">.*?<\/article>/gs) ?? []
  return new Map(
    articles.map((article) => {
      const [, name = ''] = /<bdi class="mono">([^<]+)/.exec(article) ?? []
      return [
        name,
        article
          .replace(/<title>.*?<\/title>|<[^>]+>/g, ' ')
          .replace(/\s+/g, ' ')
          .replace(/ ([.:,])/g, '$1'),
      ]
    }),
  )
}

test('where nothing is shared and nothing is in conflict, the pages say so', async () => {
  await database.store.run('UPDATE address SET mac = NULL')
  expect((await viewer.get('/duplicates')).text).toContain(
    'No two addresses have the same name or MAC, generic names left out.',
  )
  expect((await viewer.get('/conflicts')).text).toContain(
    'No address answered with two MACs within a day in this time.',
  )
  await identify(database.store, new Date())
  await untilRead(viewer)
})

test('each group says which of the three it is, and why', async () => {
  const groups = await groupsOf('/duplicates')
  expect([...groups.keys()]).toEqual([
    'gone.dc.example.net',
    'twice.dc.example.net',
    '02:42:ac:11:00:09',
  ])
  expect(groups.get('twice.dc.example.net')).toContain('both at once')
  expect(groups.get('twice.dc.example.net')).toContain('Two of them answered in one sweep, last')
  expect(groups.get('gone.dc.example.net')).toContain('moved')
  expect(groups.get('gone.dc.example.net')).toMatch(
    /it is at 10\.20\.0\.7 now, and the other address is left behind/,
  )
  expect(groups.get('02:42:ac:11:00:09')).toContain('multi-homed')
  expect(groups.get('02:42:ac:11:00:09')).toContain(
    'One interface answered on several addresses in one sweep',
  )
  const { text } = await viewer.get('/duplicates')
  expect(text.match(/viewBox="0 0 48 10"/g)).toHaveLength(6)
})

test('generic names are shown when they are asked for, and a search narrows the groups', async () => {
  expect([...(await groupsOf('/duplicates?generic=too')).keys()]).toContain('dhcp-12')
  expect([...(await groupsOf('/duplicates?match=^TWICE')).keys()]).toEqual(['twice.dc.example.net'])
  expect([...(await groupsOf('/duplicates?of=mac')).keys()]).toEqual(['02:42:ac:11:00:09'])
  expect((await viewer.get('/duplicates?match=nobody')).text).toContain('No group matches.')
  const mistaken = await viewer.get('/duplicates?match=(')
  expect(mistaken.status).toBe(400)
  expect(mistaken.text).toMatch(/id="search-error" role="alert">[^<]+never closed/)
})

test('an operator marks a group as expected, and takes it back', async () => {
  const name = 'twice.dc.example.net'
  const fields = { name, site: 'main', next: '/duplicates?of=hostname' }
  const marked = await operator.post(
    '/duplicates/expected',
    { ...fields, expected: 'yes' },
    { from: '/duplicates' },
  )
  expect([marked.status, marked.headers.location]).toEqual([303, '/duplicates?of=hostname'])
  expect((await groupsOf('/duplicates')).get(name)).toMatch(
    /multi-homed.*Expected on several addresses, says olga/,
  )
  await operator.post(
    '/duplicates/expected',
    { ...fields, expected: 'no' },
    { from: '/duplicates' },
  )
  expect((await groupsOf('/duplicates')).get(name)).toContain('both at once')
})

test('a viewer sees no button and may not mark; nobody may without the token', async () => {
  expect((await viewer.get('/duplicates')).text).not.toContain('Mark as expected')
  const fields = { name: 'gone.dc.example.net', site: 'main', expected: 'yes' }
  const refused = await viewer.post('/duplicates/expected', fields, { from: '/duplicates' })
  expect(refused.status).toBe(403)
  expect(refused.text).toContain('This takes the role operator; yours is viewer.')
  expect((await operator.send('/duplicates/expected', fields)).status).toBe(403)
  const rows = await database.store.query('SELECT name FROM expected_duplicate')
  expect(rows).toEqual([])
})

test.each(['', '<script>', 'a'.repeat(300), '\0'])('%j is no name to expect', async (name) => {
  const fields = { name, site: 'main', expected: 'yes' }
  const answer = await operator.post('/duplicates/expected', fields, { from: '/duplicates' })
  expect(answer.status).toBe(400)
  expect(answer.text).toContain('is neither a name nor a MAC')
})

test('a conflict shows its MACs, whose they are, and when', async () => {
  const { text } = await viewer.get('/conflicts')
  const words = text.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ')
  expect(words).toContain('1 address answered with two or more MACs within a day')
  expect(words).toMatch(
    /10\.20\.0\.1 db-1\.dc\.example\.net 02:42:ac:11:00:02 locally administered 00:50:56:00:00:00 VMware, Inc\. 1 6 h ago 5 h ago/,
  )
  expect((await viewer.get('/conflicts?until=2020-01-01')).text).toContain('No address answered')
  const mistaken = await viewer.get('/conflicts?since=soon')
  expect(mistaken.status).toBe(400)
  expect(mistaken.text).toMatch(/id="since-mistake">[^<]+is no date/)
})

test.each(['?from=-1', '?from=999999999999', '?of=__proto__', '?match=%00&generic=x&since=%00'])(
  'neither list breaks over %s',
  async (query) => {
    for (const page of ['/duplicates', '/conflicts']) {
      const { status, text } = await viewer.get(`${page}${query}`)
      expect([200, 400]).toContain(status)
      expect(text).toContain('</html>')
    }
  },
)
