import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordChanges } from '../../src/store/address-changes.js'
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
  await bringIntoHistory(store)
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

/** Each as a name that came and went, as two addresses' name, as a system and as a vendor that is fragile. */
async function bringIntoHistory(store: TestDatabase['store']): Promise<void> {
  const now = new Date()
  const common = { siteId: 1, changedAt: now, oldLastConfirmedAt: now }
  await recordChanges(
    store,
    HOSTILE.flatMap((text, index) => {
      const change = { ...common, ip: 0x0a420001 + index, old: text, new: `=${text}` }
      return [
        { ...change, field: 'hostname' as const, source: 'netbios' as const },
        { ...change, field: 'os' as const, source: 'nmap' as const },
        { ...change, field: 'mac' as const, source: 'arp' as const },
      ]
    }),
  )
  await store.run(
    `INSERT INTO address (site_id, ip, ip_text, hostname, first_seen, last_modified)
     SELECT 1, ip + 100, '', hostname, first_seen, last_modified FROM address`,
  )
  await store.run(
    `INSERT INTO name_check (site_id, ip, due_at, checked_at, failures, failure, forward, ptr_names)
     SELECT 1, ip, ?, ?, 3, LEFT(hostname, 32), 'mismatch', CONCAT(hostname, ' b') FROM address`,
    [now, now],
  )
  await store.run(
    `INSERT INTO address_system (site_id, ip, state, urgency, due_at, asked_at, cpe)
     SELECT 1, ip, 'known', 2, ?, ?, hostname FROM address`,
    [now, now],
  )
  await store.run('INSERT INTO fragile_vendor (vendor, notes, created_at) VALUES (?, ?, ?)', [
    HOSTILE[0]!,
    HOSTILE[1]!,
    now,
  ])
  await store.run(
    'UPDATE address SET os_family = LEFT(hostname, 64), vendor = LEFT(hostname, 128), mac = 1',
  )
  await store.run(
    `INSERT INTO expected_duplicate (site_id, name, by_whom, created_at)
     SELECT DISTINCT 1, hostname_folded, ?, ? FROM address`,
    [HOSTILE[1]!, now],
  )
  await store.run(
    `INSERT INTO resolver (site_id, address, failures, failing_since, last_failure)
     VALUES (1, ?, 9, ?, ?)`,
    [HOSTILE[0]!.slice(0, 32), now, HOSTILE[1]!.slice(0, 32)],
  )
}

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
  '/changes',
  '/changes?match=alert',
  '/duplicates?generic=too',
  '/conflicts',
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
  const names = [
    'match',
    'sort',
    'network',
    'page',
    'size',
    'state',
    'before',
    'next',
    'news',
    ...['since', 'until', 'field', 'of', 'from'],
  ]
  const query = new URLSearchParams(names.map((name): [string, string] => [name, text]))
  for (const path of [
    '/addresses',
    '/changes',
    '/duplicates',
    '/conflicts',
    '/sweeps',
    '/',
    '/nowhere',
  ]) {
    await page.goto(`${path}?${query}`)
    expect(await page.locator('script:not([src]), img[src="x"]').count()).toBe(0)
  }
  expect(alarms).toEqual([])
})
