import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PROJECT_DIR } from '../../src/config.js'
import { believableNetworks, fillBelievably } from '../support/believable.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import {
  makeUser,
  startTestWeb,
  type TestWeb,
  untilRead,
  Visitor,
  visitorLoggedIn,
} from '../support/web.js'

const PAGES = [
  '/',
  '/networks',
  '/addresses',
  '/addresses?match=(',
  '/addresses/10.20.0.1',
  '/addresses/10.99.0.1',
  '/sweeps',
  '/account/password',
  '/nothing',
]

let database: TestDatabase
let web: TestWeb
let visitor: Visitor
beforeAll(async () => {
  database = await makeDatabase()
  const [servers] = believableNetworks()
  await fillBelievably(
    database.store,
    [{ ...servers!, hosts: servers!.hosts.slice(0, 10) }],
    new Date(),
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

/** Who is logged in is led on from the login page. */
const readerOf = (page: string) => (page === '/login' ? new Visitor(web.url) : visitor)

test.each(['/login', ...PAGES])('%s carries the whole set of headers', async (page) => {
  const { headers } = await readerOf(page).get(page)
  expect(headers['content-security-policy']).toBe(
    "default-src 'none';script-src 'self';style-src 'self';img-src 'self';connect-src 'self';" +
      "form-action 'self';base-uri 'none';frame-ancestors 'none'",
  )
  expect(headers['strict-transport-security']).toBe('max-age=31536000')
  expect(headers['x-content-type-options']).toBe('nosniff')
  expect(headers['x-frame-options']).toBe('DENY')
  expect(headers['referrer-policy']).toBe('same-origin')
  expect(headers['permissions-policy']).toContain('camera=()')
  expect(headers['cross-origin-opener-policy']).toBe('same-origin')
  expect(headers['cross-origin-resource-policy']).toBe('same-origin')
  expect(headers['cache-control']).toBe('no-store')
  expect(headers['x-powered-by']).toBeUndefined()
  expect(headers.etag).toBeUndefined()
})

test.each(['/login', ...PAGES])(
  '%s holds nothing inline, and no attribute without quotes',
  async (page) => {
    const { text } = await readerOf(page).get(page)
    expect(text).toMatch(/^<!doctype html>/)
    expect(text).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:/i)
    expect(
      [...text.matchAll(/<script\b([^>]*)>([^<]*)/g)].every(
        (it) => it[1]!.includes('src=') && it[2] === '',
      ),
    ).toBe(true)
    expect(text.replace(/"[^"]*"/g, '""')).not.toMatch(/<[a-z][^>]*=[^"][^>]*>/)
    expect(text).not.toMatch(/https?:\/\/(?!www\.w3\.org)/)
  },
)

test('files are kept for ever under an address that changes with them', async () => {
  const { text } = await visitor.get('/sweeps')
  const urls = [...text.matchAll(/(?:src|href)="(\/public\/[^"]+)"/g)].map((match) => match[1]!)
  expect(urls.length).toBeGreaterThan(6)
  for (const url of new Set(urls)) {
    const file = await new Visitor(web.url).get(url)
    expect(file.status, url).toBe(200)
    expect(file.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect(file.headers.etag).toBeDefined()
    expect(file.headers['x-content-type-options']).toBe('nosniff')
    const again = await new Visitor(web.url).get(url, { 'If-None-Match': file.headers.etag })
    expect(again.status).toBe(304)
    expect(
      (await new Visitor(web.url).get(url.replace(/[0-9a-f]{16}/, '0'.repeat(16)))).status,
    ).toBe(404)
  }
})

test.each([
  '/public/../package.json',
  '/public/%2e%2e/package.json',
  '/public/..%2f..%2fpackage.json',
  '/public/%00',
])('%s leads nowhere', async (page) => {
  const { status, text } = await visitor.get(page)
  expect([400, 403, 404]).toContain(status)
  expect(text).not.toContain('devDependencies')
})

test('templates escape everything but the parts that they include', () => {
  const folder = path.join(PROJECT_DIR, 'views')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((it) =>
    it.endsWith('.ejs'),
  )
  expect(files.length).toBeGreaterThan(10)
  for (const file of files) {
    const text = readFileSync(path.join(folder, file), 'utf8')
    for (const [raw] of text.matchAll(/<%-.*?%>/gs)) expect(raw, file).toMatch(/^<%- include\(/)
    expect(text, file).not.toMatch(/=<%=|<script(?![^>]*src=)/)
  }
})
