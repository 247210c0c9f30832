import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { believableNetworks, fillBelievably } from '../support/believable.js'
import { openBrowser, openPage } from '../support/browser.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { makeUser, startTestWeb, type TestWeb, untilRead, visitorLoggedIn } from '../support/web.js'

const PAGES = [
  '/',
  '/networks',
  '/addresses',
  '/addresses/10.20.1.11',
  '/addresses/10.20.1.250',
  '/changes',
  '/duplicates',
  '/conflicts',
  '/sweeps',
  '/account/password',
  '/nothing',
]

const PATIENCE = { timeout: 15_000 }

let database: TestDatabase
let web: TestWeb
let browser: Browser
beforeAll(async () => {
  database = await makeDatabase()
  await fillBelievably(database.store, believableNetworks(), new Date())
  web = await startTestWeb(database)
  await makeUser(database.store, 'admin', 'administrator')
  await untilRead(await visitorLoggedIn(web.url, 'admin'))
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await web.close()
  await database.drop()
})

test('everything works without JavaScript', async () => {
  const { page } = await openPage(browser, web.url, 'admin', { javaScriptEnabled: false })
  await page.click('nav >> text=Addresses')
  await page.click('th >> text=Uptime')
  expect(page.url()).toContain('sort=-percent_active')
  await page.fill('#search', '^pc-00')
  await page.press('#search', 'Enter')
  expect(new URL(page.url()).searchParams.get('sort')).toBe('-percent_active')
  expect(await page.locator('tbody tr').count()).toBeGreaterThan(5)
  await page.selectOption('select[name=network]', { label: '10.20.1.0/24 Office Berlin' })
  await page.click('.filters button')
  expect(await page.locator('.chips li').count()).toBe(2)
  await page.click('tbody .col-ip a >> nth=0')
  expect(await page.locator('.strip rect').count()).toBeGreaterThan(3)
  await page.click('#slots summary')
  expect(await page.locator('.slots td').count()).toBe(288)
  await page.click('#person summary')
  await page.check('input[name=theme][value=dark]')
  await page.click('form.look button')
  expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
  await page.click('#person summary')
  await page.click('text=Log out')
  expect(page.url()).toContain('/login')
  await page.context().close()
})

test.each(['light', 'dark'] as const)(
  'at 375 px no page is wider than the screen, in %s',
  async (colorScheme) => {
    const viewport = { width: 375, height: 800 }
    const { page, alarms } = await openPage(browser, web.url, 'admin', { viewport, colorScheme })
    for (const path of PAGES) {
      await page.goto(path)
      const wider = await page.evaluate(`document.documentElement.scrollWidth - window.innerWidth`)
      expect([path, wider]).toEqual([path, 0])
    }
    expect(alarms).toEqual([])
    await page.context().close()
  },
)

test('the theme is the system’s, unless a person chose one', async () => {
  const { page } = await openPage(browser, web.url, 'admin', { colorScheme: 'dark' })
  const ground = () => page.evaluate(`getComputedStyle(document.documentElement).backgroundColor`)
  expect(await ground()).toBe('rgb(18, 20, 23)')
  await page.click('#person summary')
  await Promise.all([page.waitForNavigation(), page.check('input[name=theme][value=light]')])
  expect(await ground()).toBe('rgb(251, 250, 248)')
  await page.context().close()
})

test('the slash leads to the search box, and is a slash while writing', async () => {
  const { page } = await openPage(browser, web.url, 'admin')
  await page.goto('/sweeps')
  await page.keyboard.press('/')
  expect(await page.evaluate(`document.activeElement?.id`)).toBe('search')
  await page.keyboard.type('a/b')
  expect(await page.inputValue('#search')).toBe('a/b')
  await page.context().close()
})

test('the large strip tells the slot under the pointer', async () => {
  const { page } = await openPage(browser, web.url, 'admin')
  await page.goto('/addresses/10.20.1.11')
  const box = await page.locator('#day-strip .strip').boundingBox()
  await page.mouse.move(box!.x + (box!.width * 144.5) / 288, box!.y + 10)
  const cell = page.locator('.slots td').nth(144)
  const [active, total] = [
    await cell.getAttribute('data-active'),
    await cell.getAttribute('data-total'),
  ]
  expect(await page.locator('.readout').innerText()).toContain(
    `12:00 answered ${active} of ${total}`,
  )
  await page.context().close()
})

test('after another sweep the figures are new, and nothing that the reader held has moved', async () => {
  const { store } = database
  const { page, alarms } = await openPage(browser, web.url, 'admin', {
    viewport: { width: 1280, height: 500 },
  })
  await page.goto('/sweeps')
  await page.evaluate(`window.scrollTo(0, 900)`)
  await page.locator('#search').focus()
  await page.keyboard.type('half a wor')
  const before = await page.locator('.figures dd').first().innerText()
  await store.run(
    `INSERT INTO sweep (site_id, network_id, part, slot_at, first, last, engine, token, state, deadline,
       started, finished, asked, alive)
     VALUES (1, 1, 0, UTC_TIMESTAMP() + INTERVAL 1 HOUR, 1, 2, 'e', UUID(), 'counted', UTC_TIMESTAMP(3),
       UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), 254, 81)`,
  )
  await page.evaluate(`window.scrollTo(0, 900)`)
  await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
  await expect
    .poll(() => page.locator('.figures dd').first().innerText(), PATIENCE)
    .not.toBe(before)
  expect(await page.evaluate(`window.scrollY`)).toBe(900)
  expect(await page.evaluate(`document.activeElement?.id`)).toBe('search')
  expect(await page.inputValue('#search')).toBe('half a wor')
  expect(alarms).toEqual([])
  await page.context().close()
})

test('an opened <details> and a focused link stay so over a refresh', async () => {
  const { store } = database
  const { page } = await openPage(browser, web.url, 'admin')
  await page.goto('/networks')
  await page.click('#notice-1 summary')
  await page.locator('#watched-list tbody a').nth(2).focus()
  const target = await page.evaluate(`document.activeElement?.href`)
  await store.run(
    'UPDATE sweep SET alive = alive + 1, finished = finished + INTERVAL 2 HOUR ORDER BY id DESC LIMIT 1',
  )
  const asOf = await page.locator('main').getAttribute('data-refreshes')
  await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
  await expect
    .poll(() => page.locator('main').getAttribute('data-refreshes'), PATIENCE)
    .not.toBe(asOf)
  expect(await page.evaluate(`document.activeElement?.href`)).toBe(target)
  expect(await page.locator('#notice-1').getAttribute('open')).not.toBeNull()
  await page.context().close()
})

test('a page whose session is over says so, and stops asking', async () => {
  const { page } = await openPage(browser, web.url, 'admin')
  await page.goto('/sweeps')
  await page.context().clearCookies()
  await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
  await expect
    .poll(() => page.locator('#live').innerText(), PATIENCE)
    .toContain('You are logged out')
  await page.context().close()
})

test('the focus is seen wherever the keyboard goes', async () => {
  const { page } = await openPage(browser, web.url, 'admin')
  await page.goto('/addresses')
  for (let step = 0; step < 25; step++) {
    await page.keyboard.press('Tab')
    const outline = await page.evaluate(
      `((style) => style.outlineStyle + ' ' + style.outlineWidth)(getComputedStyle(document.activeElement))`,
    )
    expect(outline).toBe('solid 2px')
  }
  await page.context().close()
})
