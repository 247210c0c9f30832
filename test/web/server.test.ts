import { connect as connectPlain, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { makeUser, startTestWeb, type TestWeb, Visitor } from '../support/web.js'

let database: TestDatabase
let web: TestWeb
let port: number
beforeAll(async () => {
  database = await makeDatabase()
  web = await startTestWeb(database)
  port = Number(new URL(web.url).port)
  await makeUser(database.store, 'admin', 'administrator')
})
afterAll(async () => {
  await web.close()
  await database.drop()
})

function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', () => resolve(text)).on('close', () => resolve(text))
  })
}

async function sendPlain(text: string): Promise<string> {
  const socket = connectPlain(port, '127.0.0.1')
  socket.write(text)
  return readAll(socket)
}

test('plain HTTP on the port is told where to go', async () => {
  const answer = await sendPlain(
    `GET /sweeps?state=blind HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`,
  )
  expect(answer).toMatch(/^HTTP\/1\.1 307 /)
  expect(answer).toContain(`Location: https://localhost:${port}/sweeps?state=blind`)
  expect(answer).toContain('ipspace speaks HTTPS only')
})

test.each([
  ['a form', `POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n`],
  ['a strange host', `GET / HTTP/1.1\r\nHost: a"b<c>\r\n\r\n`],
  ['no sense at all', 'EHLO mail.example\r\n\r\n'],
])('%s in plain is answered 400 and closed', async (_, text) => {
  expect(await sendPlain(text)).toMatch(/^HTTP\/1\.1 400 /)
})

test('the pages still answer after a thousand bytes of noise', async () => {
  await sendPlain(`\u0016\u0003\u0001${'x'.repeat(1_000)}`)
  await sendPlain('\0'.repeat(1_000))
  expect((await new Visitor(web.url).get('/healthz')).status).toBe(200)
})

test.each([
  ['TLSv1.2', true],
  ['TLSv1.3', true],
  ['TLSv1.1', false],
] as const)('%s is spoken: %s', async (version, isSpoken) => {
  const spoken = await new Promise<boolean>((resolve) => {
    const options = { minVersion: version, maxVersion: version, rejectUnauthorized: false }
    const socket = connect({ port, host: '127.0.0.1', ciphers: 'DEFAULT@SECLEVEL=0', ...options })
    socket.on('secureConnect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('close', () => socket.destroy())
    setTimeout(() => socket.destroy(), 3_000).unref()
  })
  expect(spoken).toBe(isSpoken)
})

test('a header or a form that is too large is refused', async () => {
  const long = { 'X-Long': 'x'.repeat(20_000) }
  expect((await new Visitor(web.url).get('/login', long)).status).toBe(431)
  expect((await new Visitor(web.url).post('/login', { name: 'x'.repeat(20_000) })).status).toBe(413)
})

test('a form in any other dress is no form', async () => {
  const visitor = new Visitor(web.url)
  await visitor.get('/login')
  const answer = await visitor.send('/login', {}, { 'Content-Type': 'application/json' })
  expect(answer.status).toBe(403)
})

test('who opens a connection and says nothing more is cut off', { timeout: 30_000 }, async () => {
  const began = Date.now()
  const silent = connectPlain(port, '127.0.0.1')
  const half = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  half.write('GET /login HTTP/1.1\r\nHost: localhost\r\nX-Half')
  const answers = await Promise.all([readAll(silent), readAll(half)])
  expect(answers[0]).toBe('')
  expect(answers[1]).toMatch(/^(HTTP\/1\.1 408 .*)?/)
  expect(Date.now() - began).toBeLessThan(20_000)
})

test('closing answers what was asked already, and takes nothing new', async () => {
  const other = await startTestWeb(database)
  const visitor = new Visitor(other.url)
  await visitor.get('/login')
  const asked = visitor.logIn('admin', 'not the password')
  await pause(30)
  const closed = other.close()
  expect([401, 'ECONNRESET', 'ECONNREFUSED']).toContain(
    await asked.then(
      (it) => it.status,
      (e) => e.code,
    ),
  )
  await closed
  await expect(new Visitor(other.url).get('/healthz')).rejects.toThrow(/ECONNREFUSED/)
})

test('a port that is taken is named', async () => {
  await expect(startTestWeb(database, { IPSPACE_PORT: String(port) })).rejects.toThrow(
    `web: cannot listen on 127.0.0.1 port ${port}`,
  )
})
