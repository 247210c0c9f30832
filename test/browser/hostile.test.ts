import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fillBelievably } from '../support/believable.js'
import { openBrowser, openPage, type WatchedPage } from '../support/browser.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { makeUser, startTestWeb, type TestWeb, untilRead, visitorLoggedIn } from '../support/web.js'

/** What a device, or an administrator's paste, may bring into a name. */
const HOSTILE = [
  `<script>alert('tag')</script>`,
  `"><img src=x onerror=alert('attribute')>`,
  `' autofocus onfocus=alert('single') x='`,
  '\u001b]0;title\u0007\u001b[2J\u001b[31mred',
  '</title></textarea></svg></style><svg onload=alert(1)>',
  '{{constructor.constructor("alert(1)")()}} <%= process.exit() %>',
  '\u202egnp.exe\u2066 \u0000 null',
]

let database: TestDatabase
let web: TestWeb
let browser: Browser
let opened: WatchedPage
beforeAll(async () => {
  database = await makeDatabase()
  const { store } = database
  await fillBelievably(
    store,
    [
      {
        range: ['10.66.0.0', '10.66.0.255', 24],
        name: HOSTILE.join(' ').slice(0, 120),
        notes: HOSTILE.join('\n'),
        hosts: HOSTILE.map((text, index) => ({
          ip: `10.66.0.${index + 1}`,
          hostname: text,
          notes: text,
          habit: 'always',
        })),
      },
    ],
    new Date(),
  )
  const hostile = HOSTILE.join(' ')
  await store.run('UPDATE address SET os = hostname, owner = hostname')
  await store.run('UPDATE sweep SET error = ?, engine = ? WHERE state <> ?', [
    hostile,
    HOSTILE[0]!,
    'counted',
  ])
  await store.run(
    `INSERT INTO engine (name, token, machine, process, started, alive_until, problem)
     VALUES (?, UUID(), 'm', 'p', UTC_TIMESTAMP(), UTC_TIMESTAMP() + INTERVAL 1 DAY, ?)`,
    [HOSTILE[1]!, hostile],
  )
  await store.run(
    `INSERT INTO exclusion (site_id, first, last, reason, notes, created_at)
     VALUES (1, ?, ?, 'dhcp', ?, UTC_TIMESTAMP())`,
    [0x0a420001, 0x0a420020, hostile],
  )
  await store.run(
    "INSERT INTO setting (name, value, changed_at) VALUES ('contact', ?, UTC_TIMESTAMP())",
    [HOSTILE[1]!],
  )
  web = await startTestWeb(database)
  await makeUser(store, 'admin', 'administrator')
  await untilRead(await visitorLoggedIn(web.url, 'admin'))
  browser = await openBrowser()
  opened = await openPage(browser, web.url, 'admin')
})
afterAll(async () => {
  await browser.close()
  await web.close()
  await database.drop()
})

test.each([
  '/',
  '/networks',
  '/addresses',
  ...HOSTILE.map((_, i) => `/addresses/10.66.0.${i + 1}`),
  '/sweeps',
])('what devices say is text, and nothing else, on %s', async (path) => {
  const { page, alarms } = opened
  await page.goto(path)
  await page.waitForTimeout(100)
  expect(alarms).toEqual([])
  const body = await page.locator('body').innerText()
  if (path !== '/')
    expect(body).toMatch(
      /<script>alert|onerror=alert|onfocus=alert|red|onload=alert|process\.exit|gnp\.exe/,
    )
  expect(await page.content()).not.toMatch(/[\0\x07\x1b]/)
  expect(
    await page.locator('script:not([src]), [onload], [onerror], [onfocus], img[src="x"]').count(),
  ).toBe(0)
})

test.each(HOSTILE)('what a person searches for is shown as they wrote it: %j', async (text) => {
  const { page, alarms } = opened
  const names = ['match', 'sort', 'network', 'page', 'size', 'state', 'before', 'next', 'news']
  const query = new URLSearchParams(names.map((name): [string, string] => [name, text]))
  for (const path of ['/addresses', '/sweeps', '/', '/nowhere']) {
    await page.goto(`${path}?${query}`)
    expect(await page.locator('script:not([src]), img[src="x"]').count()).toBe(0)
  }
  expect(alarms).toEqual([])
})
