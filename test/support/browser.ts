import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { PASSWORD } from './web.js'

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGUMENTS })
}

export interface WatchedPage {
  readonly page: Page
  /** Dialogs that opened, scripts that broke and what the policy refused: none of it should happen. */
  readonly alarms: string[]
}

/** A page in a context of its own, with somebody logged in. */
export async function openPage(
  browser: Browser,
  base: string,
  name: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, baseURL: base, ...options })
  const page = await context.newPage()
  const alarms: string[] = []
  page.on('dialog', async (dialog) => {
    alarms.push(`dialog ${dialog.message()}`)
    await dialog.dismiss()
  })
  page.on('pageerror', (error) => alarms.push(`error ${error.message}`))
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) alarms.push(message.text())
  })
  await page.goto('/login')
  await page.fill('#name', name)
  await page.fill('#password', PASSWORD)
  await page.click('button.primary')
  await page.waitForURL((url) => !url.pathname.startsWith('/login'))
  return { page, alarms }
}
