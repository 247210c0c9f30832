import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordChanges } from '../../src/store/address-changes.js'
import { believableNetworks, fillBelievably } from '../support/believable.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { identify, SERVERS } from '../support/identified.js'
import {
  makeUser,
  startTestWeb,
  type TestWeb,
  type Visitor,
  visitorLoggedIn,
} from '../support/web.js'

const NOW = new Date()

let database: TestDatabase
let web: TestWeb
let visitor: Visitor
beforeAll(async () => {
  database = await makeDatabase()
  await fillBelievably(database.store, believableNetworks().slice(0, 1), NOW)
  web = await startTestWeb(database)
  await makeUser(database.store, 'viewer', 'viewer')
  visitor = await visitorLoggedIn(web.url, 'viewer')
})
afterAll(async () => {
  await web.close()
  await database.drop()
})

/** What is in the table of a page: address, old and new value of each row. */
async function rowsOf(page: string): Promise<string[]> {
  const { status, text } = await visitor.get(page)
  expect(status).toBe(200)
  const [body = ''] = /<tbody.*<\/tbody>/s.exec(text) ?? []
  return body
    .split('</tr>')
    .slice(0, -1)
    .map((row) =>
      [...row.matchAll(/class="(?:mono|nil)"[^>]*>([^<–]+)/g)].map((it) => it[1]).join(' '),
    )
}

const day = (daysAgo: number) =>
  new Date(NOW.getTime() - daysAgo * 86_400_000).toISOString().slice(0, 10)

test('before anything has changed the page says when something will', async () => {
  expect((await visitor.get('/changes')).text).toContain('Nothing has changed yet')
  await identify(database.store, NOW)
})

test('changes are listed with what was and what is, the newest first', async () => {
  const rows = await rowsOf('/changes')
  expect(rows).toHaveLength(9)
  expect(rows[0]).toBe('10.20.0.2 web-one.dc.example.net web-1.dc.example.net')
  expect(rows.at(-1)).toBe('10.20.0.1 none old-db.dc.example.net')
})

test('the field and the dates are filters that the address bar holds', async () => {
  expect(await rowsOf('/changes?field=mac')).toEqual([
    '10.20.0.1 02:42:ac:11:00:02 00:50:56:00:00:00',
  ])
  expect(await rowsOf(`/changes?since=${day(21)}&until=${day(19)}`)).toEqual([
    '10.20.0.1 old-db.dc.example.net printer7',
  ])
})

test('who was printer7 in between? also who began or ended to be it at another time', async () => {
  const inBetween = `match=^PRINTER7$&since=${day(15)}&until=${day(14)}`
  expect(await rowsOf(`/changes?${inBetween}`)).toEqual([
    '10.20.0.1 printer7 none',
    '10.20.0.1 old-db.dc.example.net printer7',
  ])
  expect((await visitor.get(`/changes?match=^printer7$&since=${day(5)}`)).text).toContain(
    'No change matches',
  )
})

test('a filter that cannot be read is shown again with what is wrong with it', async () => {
  const { status, text } = await visitor.get('/changes?match=a(&since=yesterday')
  expect(status).toBe(400)
  expect(text).toMatch(/id="search-error" role="alert">[^<]+never closed/)
  expect(text).toMatch(/id="since-mistake">[^<]+is no date/)
  expect(text).toContain('value="yesterday"')
  expect(text).not.toContain('<table')
})

test('as CSV it is the same, and no cell starts a formula', async () => {
  const { headers, text } = await visitor.get('/changes?format=csv')
  expect(headers['content-type']).toBe('text/csv; charset=utf-8')
  expect(headers['content-disposition']).toBe('attachment; filename=changes.csv')
  const lines = text.split('\r\n')
  expect(lines[0]).toBe(
    'changed_at,ip,field,old,old_from,old_last_confirmed_at,new,new_until,source',
  )
  expect(lines).toHaveLength(11)
  expect(text).toContain(",10.20.1.12,hostname,'=cmd|calc,,")
  expect(text).toContain(",'+printer,,netbios")
  expect((await visitor.get('/changes?format=csv&field=mac')).text.split('\r\n')).toHaveLength(3)
})

test('pages and files follow each other without a gap, also where many changed at once', async () => {
  const changedAt = new Date('2026-01-02T03:04:05Z')
  const many = Array.from({ length: 2_350 }, (_, index) => ({
    ...{ siteId: 1, ip: SERVERS + (index % 250), field: 'hostname' as const, changedAt },
    ...{ old: undefined, new: `many-${index}`, source: 'ptr' as const },
    oldLastConfirmedAt: undefined,
  }))
  await recordChanges(database.store, many)
  const wanted = new Set(many.map((it) => it.new))
  for (const query of ['until=2026-01-03', 'match=many-']) {
    const seen: string[] = []
    let next: string | undefined = `/changes?${query}`
    while (next !== undefined) {
      const { text } = await visitor.get(next)
      seen.push(...[...text.matchAll(/many-\d+(?=<\/bdi>)/g)].map((it) => it[0]))
      next = /rel="next" href="([^"]+)"/.exec(text)?.[1]?.replaceAll('&amp;', '&')
    }
    expect(seen).toHaveLength(wanted.size)
    expect(new Set(seen)).toEqual(wanted)
    const { text } = await visitor.get(`/changes?format=csv&${query}`)
    expect(text.match(/many-\d+/g)).toHaveLength(wanted.size)
  }
})

test.each([
  '?before=nonsense',
  '?before=99999999999.999999999999999',
  '?before=0.0',
  '?since=9999-12-31&until=0000-01-01',
  `?match=${encodeURIComponent('(((a*)*)*)*$')}`,
  '?match=%00&field=__proto__&format=exe',
])('it does not break over %s', async (query) => {
  const { status, text } = await visitor.get(`/changes${query}`)
  expect([200, 400]).toContain(status)
  expect(text).toContain('</html>')
})
