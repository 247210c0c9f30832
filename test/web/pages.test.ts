import { afterAll, beforeAll, expect, test } from 'vitest'
import { believableNetworks, fillBelievably } from '../support/believable.js'
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
  await fillBelievably(database.store, believableNetworks(), new Date())
  await database.store.run(
    `INSERT INTO address (site_id, ip, ip_text, hostname, first_seen, last_modified)
     VALUES (1, ?, '172.16.0.9', 'left.behind.example', UTC_TIMESTAMP(), UTC_TIMESTAMP())`,
    [0xac100009],
  )
  await database.store.run(
    "INSERT INTO exclusion (site_id, first, last, reason, notes, created_at) VALUES (1, ?, ?, 'dhcp', 'guests', UTC_TIMESTAMP())",
    [0x0a1401c8, 0x0a1401fe],
  )
  web = await startTestWeb(database)
  await makeUser(database.store, 'admin', 'administrator')
  visitor = await visitorLoggedIn(web.url, 'admin')
  await untilRead(visitor)
})
afterAll(async () => {
  await web.close()
  await database.drop()
})

/** The addresses of a page's table, from its top. */
async function rowsOf(page: string): Promise<string[]> {
  const { status, text } = await visitor.get(page)
  expect(status).toBe(200)
  return [
    ...text.matchAll(/<td role="cell" class="col-ip"><a class="mono" href="[^"]*">([^<]+)/g),
  ].map((it) => it[1]!)
}

async function figuresOf(page: string): Promise<Record<string, string>> {
  const { text } = await visitor.get(page)
  return Object.fromEntries(
    [...text.matchAll(/<dt>([^<]+)<\/dt><dd>(.*?)<\/dd>/gs)].map((it) => [
      it[1]!,
      it[2]!
        .replace(/<[^>]+>/g, '')
        .replace(/\s+/g, ' ')
        .trim(),
    ]),
  )
}

test('the table of addresses begins with the lowest and says how many there are', async () => {
  const rows = await rowsOf('/addresses')
  expect(rows).toHaveLength(100)
  expect(rows.slice(0, 3)).toEqual(['10.20.0.1', '10.20.0.2', '10.20.0.3'])
  expect(await figuresOf('/addresses')).toEqual({
    shown: '1–100',
    match: '301',
    'known in all': '301',
  })
})

test('each row has its columns and its day in 48 cells', async () => {
  const { text } = await visitor.get('/addresses?match=^10[.]20[.]0[.]8$')
  const [row = ''] = /<td role="cell" class="col-ip">.*?<\/tr>/s.exec(text) ?? []
  const [, percent, active, total] =
    /col-percent_active right">(\d+) %.*?col-active right">([\d,]+) <span class="muted">\/ ([\d,]+)/s.exec(
      row,
    ) ?? []
  const [sums] = await database.store.query<{ active: number; total: number }>(
    'SELECT active, total FROM address_state WHERE ip = ?',
    [0x0a140008],
  )
  expect([active, total].map((it) => Number(it?.replaceAll(',', '')))).toEqual([
    sums?.active,
    sums?.total,
  ])
  expect(Number(percent)).toBe(Math.floor((100 * sums!.active) / sums!.total))
  const strip = /viewBox="0 0 48 10".*?<\/svg>/s.exec(row)?.[0] ?? ''
  const widths = [...strip.matchAll(/<rect class="(\w+)" x="\d+" width="(\d+)"/g)]
  expect(widths.reduce((sum, it) => sum + Number(it[2]), 0)).toBe(48)
  expect(strip).toMatch(
    /<rect class="p[45]" x="4"[^>]*><title>02:00 to 0[23]:[03]0: answered \d+ of/,
  )
  expect(strip).toMatch(
    /<rect class="p0" x="6" width="42"[^>]*><title>03:00 to 24:00: answered 0 of/,
  )
})

test.each([
  ['-percent_active', 'descending'],
  ['percent_active', 'ascending'],
  ['hostname', 'ascending'],
  ['-last_active', 'descending'],
  ['days_offline', 'ascending'],
  ['-first_seen', 'descending'],
  ['-active', 'descending'],
  ['-ip', 'descending'],
])('a click sorts by %s and the heading says so', async (sort, order) => {
  const { text } = await visitor.get(`/addresses?sort=${sort}&size=250`)
  const column = sort.replace('-', '')
  expect(text).toContain(`class="col-${column}" aria-sort="${order}"`)
  expect(text.match(/aria-sort=/g)).toHaveLength(1)
  if (column === 'percent_active') {
    const shown = [...text.matchAll(/col-percent_active right">(\d+) %/g)].map((it) =>
      Number(it[1]),
    )
    const sorted = [...shown].sort((a, b) => (order === 'descending' ? b - a : a - b))
    expect(shown).toEqual(sorted)
  }
})

test('pages follow each other without a gap, and past the end is said to be past the end', async () => {
  const all = [
    ...(await rowsOf('/addresses')),
    ...(await rowsOf('/addresses?page=2')),
    ...(await rowsOf('/addresses?page=3')),
    ...(await rowsOf('/addresses?page=4')),
  ]
  expect(new Set(all).size).toBe(301)
  expect((await visitor.get('/addresses?page=99')).text).toContain('There are no more rows.')
})

test('a regular expression narrows the table, over IP and hostname', async () => {
  expect(await rowsOf('/addresses?match=^db-[12][.]')).toEqual(['10.20.0.1', '10.20.0.6'])
  expect(await rowsOf(`/addresses?match=${encodeURIComponent('^10[.]20[.]0[.](3|9)$')}`)).toEqual([
    '10.20.0.3',
    '10.20.0.9',
  ])
})

test('a mistaken one is shown again with its error beside it, and the other choices stay', async () => {
  const { status, text } = await visitor.get('/addresses?match=db-(1&sort=-active&network=1')
  expect(status).toBe(400)
  expect(text).toContain('name="match" id="search" value="db-(1"')
  expect(text).toMatch(/aria-invalid="true" aria-describedby="search-error"/)
  expect(text).toMatch(/id="search-error" role="alert">[^<]+never closed/)
  expect(text).toContain('<input type="hidden" name="sort" value="-active">')
  expect(text).not.toContain('<table')
})

test('the network filter, and what lies outside any network', async () => {
  expect(await rowsOf('/addresses?network=3')).toHaveLength(30)
  expect(await rowsOf('/addresses?network=none')).toEqual(['172.16.0.9'])
  const { text } = await visitor.get('/addresses?network=none&match=left')
  expect(text).toContain(
    'href="/addresses?match=left" title="Take this filter away"><bdi>outside any network',
  )
  expect(text).toContain(
    'href="/addresses?network=none" title="Take this filter away"><bdi>matches left',
  )
})

test('an empty list says why, and what to do', async () => {
  const { text } = await visitor.get('/addresses?match=nobody-has-this-name')
  expect(text).toContain('No address matches. Take a filter away above')
})

test('one address: figures, 288 slots as a table, and its calendar', async () => {
  const { status, text } = await visitor.get('/addresses/10.20.1.11')
  expect(status).toBe(200)
  const cells = [...text.matchAll(/data-active="(\d+)" data-total="(\d+)" data-percent="(\d*)"/g)]
  expect(cells).toHaveLength(288)
  const [sums] = await database.store.query<{ active: number; total: number }>(
    'SELECT active, total FROM address_state WHERE ip = ?',
    [0x0a14010b],
  )
  expect(cells.reduce((sum, it) => sum + Number(it[1]), 0)).toBe(sums?.active)
  expect(cells.reduce((sum, it) => sum + Number(it[2]), 0)).toBe(sums?.total)
  for (const [, active, total, percent] of cells) {
    expect(percent).toBe(
      total === '0' ? '' : String(Math.floor((100 * Number(active)) / Number(total))),
    )
  }
  expect(text.match(/<time/g)?.length).toBeGreaterThan(3)
  expect(text.match(/title="\d{4}-\d\d-\d\d: answered \d+ of \d+"/g)).toHaveLength(30)
  expect(text).toContain('not counted')
  expect(text).toMatch(/\d+ <small>of \d+ sweeps?<\/small>/)
})

test('an address that never answered: how often it was asked, and what leaves it out', async () => {
  const { status, text } = await visitor.get('/addresses/10.20.1.250')
  expect(status).toBe(200)
  expect(text).toMatch(/It was asked [\d,]+ times in the last 30 days, and silent each time\./)
  expect(text).toContain('10.20.1.200-10.20.1.254</span> as dhcp: <bdi>guests')
})

test('an address outside every network says so', async () => {
  const { text } = await visitor.get('/addresses/198.51.100.7')
  expect(text).toContain('It lies outside every network that is watched, so nobody asks it.')
})

test.each(['010.0.0.1', '10.1', '1.2.3.4.5', '256.1.1.1', 'x', '%00', '10.0.0.1%0a', '..%2f..%2f'])(
  '/addresses/%s is no address, and told how to write one',
  async (written) => {
    const { status, text } = await visitor.get(`/addresses/${written}`)
    expect(status).toBe(404)
    expect(text).toContain('is not an IPv4 address')
  },
)

test('networks: what each costs and the notice to forward', async () => {
  const { text } = await visitor.get('/networks')
  expect(text).toContain('10.20.2.16-10.20.2.79')
  expect(text).toContain('256, of which 199 are asked')
  expect(text.match(/ipspace watches which addresses of/g)).toHaveLength(3)
  expect(text).toContain('What is sent:')
})

test('home: what was not counted, from when to when and why', async () => {
  const { text } = await visitor.get('/')
  const [row] = await database.store.query<{ first: Date; last: Date }>(
    `SELECT MIN(slot_at) AS first, MAX(slot_at) AS last FROM sweep
     WHERE state = 'blind' AND network_id = 1`,
  )
  const [first, last] = [row!.first.toISOString(), row!.last.toISOString()]
  expect(last > first).toBe(true)
  const stretch = `datetime="${first}"[^>]*>[0-9:]+</time> to <time datetime="${last}"`
  expect(text).toMatch(new RegExp(stretch))
  expect(text).toContain('the link eth0 is down')
  expect(text).toContain('No scanner is running')
  expect(text).not.toContain('Watch your network')
})

test('sweeps: filtered by state and network, and paged by what is older', async () => {
  const { text } = await visitor.get('/sweeps?state=blind&network=1')
  expect(text.match(/class="state blind"/g)).toHaveLength(6)
  const first = await visitor.get('/sweeps')
  const older = /href="(\/sweeps\?before=\d+)">Older/.exec(first.text)?.[1]
  expect(older).toBeDefined()
  const second = await visitor.get(older!)
  expect(second.status).toBe(200)
  expect(second.text).not.toBe(first.text)
})

test('the pulse says when the last sweep ended and when the next begins', async () => {
  const pulse = JSON.parse((await visitor.get('/sweeps/last')).text)
  const [row] = await database.store.query<{ last: Date }>(
    'SELECT MAX(finished) AS last FROM sweep',
  )
  expect(pulse.finished).toBe(row!.last.toISOString())
  expect(Date.parse(pulse.next) % 300_000).toBe(0)
})

test.each([
  '?match[]=a&match[b]=c',
  '?match=%00',
  '?match=%ff%fe',
  `?match=${'a'.repeat(5_000)}`,
  `?match=${encodeURIComponent('(((a*)*)*)*$'.repeat(20))}`,
  '?page=-1&size=99999999999',
  '?page=1e309',
  '?page[]=2',
  '?sort=ip;DROP TABLE user',
  '?sort=__proto__',
  '?sort=--ip',
  '?network=9999999999999999999',
  "?network=1' OR '1'='1",
  '?network=NaN',
  '?__proto__[x]=1&constructor=2&toString=3',
  '?before=-5&state=nonsense',
  '?before=99999999999999999999999',
])('no page breaks over %s', async (query) => {
  for (const page of ['/', '/networks', '/addresses', '/addresses/10.20.0.1', '/sweeps']) {
    const { status, text } = await visitor.get(
      `${page}${query.replaceAll(' ', '%20').replaceAll("'", '%27')}`,
    )
    expect([200, 400], `${page}${query}`).toContain(status)
    expect(text).toContain('</html>')
  }
})

test('a path that cannot be decoded is refused and not broken', async () => {
  for (const page of ['/%', '/addresses/%E0%A4%A', '/public/%', '/login?%']) {
    expect((await visitor.get(page)).status, page).toBeLessThan(500)
  }
})

test('home: a scanner that has a problem, and one that a site waits for', async () => {
  const { store } = database
  await store.run(
    `INSERT INTO engine (name, token, machine, process, started, alive_until, problem)
     VALUES ('scan-1', UUID(), 'm', 'p', UTC_TIMESTAMP(), UTC_TIMESTAMP() + INTERVAL 1 HOUR,
       'nmap is missing: install it with apt')`,
  )
  await store.run("UPDATE site SET engine = 'scan-2'")
  const { text } = await visitor.get('/')
  expect(text).toContain('The scanner <bdi>scan-1</bdi> cannot sweep')
  expect(text).toContain('nmap is missing: install it with apt')
  expect(text).toContain('The scanner <bdi>scan-2</bdi> is not running')
  expect(text).not.toContain('No scanner is running')
  await store.run('UPDATE site SET engine = NULL')
  await store.run('DELETE FROM engine')
})

test('a site is named only where there are two', async () => {
  const { store } = database
  expect((await visitor.get('/addresses')).text).not.toContain('name="site"')
  expect((await visitor.get('/addresses?site=nowhere')).status).toBe(404)
  await store.run(
    "INSERT INTO site (name, time_zone, created_at) VALUES ('branch <1>', 'UTC', UTC_TIMESTAMP())",
  )
  const { text } = await visitor.get('/addresses?site=branch+%3C1%3E')
  expect(text).toContain('<option value="branch &lt;1&gt;" selected>')
  expect(text).toContain('No address matches')
  expect((await visitor.get('/addresses/10.20.0.1?site=main')).text).toContain('<bdi>main</bdi>')
  await store.run("DELETE FROM site WHERE name <> 'main'")
})
