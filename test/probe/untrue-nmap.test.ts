import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ProbeRequest, probe } from '../../src/probe/nmap.js'
import { makeFakeNmap } from '../support/make-fake-nmap.js'
import { probeElsewhere } from '../support/probe-elsewhere.js'
import { running, until } from '../support/running.js'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ipspace-fake-nmap-'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function request(mode: string, given: Partial<ProbeRequest> = {}): ProbeRequest {
  return {
    nmapPath: makeFakeNmap(folder, mode),
    launch: [],
    targets: [['127.0.0.0/29', '127.0.1.1'], ['127.0.2.0/30']],
    count: 13,
    packetsPerSecond: 100,
    deadline: new Date(Date.now() + 20_000),
    ...given,
  }
}

/** A fake runs in the Node of its first line. */
function left(mode: string): number[] {
  return running(`${process.execPath} ${path.join(folder, `fake-nmap-${mode}`)}`)
}

test('an honest nmap is believed', async () => {
  const answer = await probe(request('honest'))
  expect(answer).toMatchObject({ state: 'swept', asked: 13, packets: 13 })
  const replies = answer.state === 'swept' ? answer.replies : []
  expect(replies).toHaveLength(13)
  expect(replies[0]).toEqual({ ip: 0x7f000000, rttUs: 163, ttl: 64, mac: 0xb27c6384d31c })
})

test('harmless chatter on standard error spoils nothing', async () => {
  expect(await probe(request('chatty'))).toMatchObject({ state: 'swept', asked: 13 })
})

test.each([
  ['interrupted', 'failed', /ended by SIGTERM/],
  ['exit-code', 'failed', /exit code 1/],
  ['exit-error', 'failed', /its end as "error": Ping scan <failed>/],
  ['truncated', 'failed', /cut off/],
  ['without-totals', 'failed', /no totals/],
  ['empty', 'failed', /cut off/],
  ['sendto', 'blind', /could not send: sendto .* Operation not permitted/],
  ['no-route', 'blind', /failed to determine route to 127\.0\./],
  ['total-zero', 'blind', /no address at all/],
  ['wrong-total', 'failed', /reports on \d+ addresses, but \d+ were asked/],
  ['lost-host', 'failed', /counts \d+ addresses that answer, but names \d+/],
  ['stranger', 'failed', /203\.0\.113\.9, which was not asked/],
  ['tcp', 'failed', /asked by TCP/],
  ['complaining', 'failed', /complains: Couldn't open a raw socket/],
  ['flood', 'failed', /^nmap floods its standard error: [\x20-\x7e]+$/],
  ['garbage', 'failed', /XML is broken/],
  ['endless', 'failed', /does not end/],
  ['deaf', 'blind', /no address at all/],
] as const)('an nmap that is %s makes the sweep %s', async (mode, state, reason) => {
  const answer = await probe(request(mode))
  expect(answer).toEqual({ state, reason: expect.stringMatching(reason) })
})

test('an address that is named twice is counted once', async () => {
  const answer = await probe(request('duplicate'))
  const replies = answer.state === 'swept' ? answer.replies : []
  expect(new Set(replies.map((reply) => reply.ip)).size).toBe(13)
  expect(replies).toHaveLength(13)
})

test('an nmap that hangs is killed at the deadline', async () => {
  const answer = await probe(request('hang', { deadline: new Date(Date.now() + 500) }))
  expect(answer).toEqual({ state: 'failed', reason: expect.stringMatching(/did not end by 20/) })
  expect(left('hang')).toEqual([])
})

test('kill -9 of our process also ends an nmap that writes nothing', async () => {
  const parent = probeElsewhere(request('hang'))
  await until(
    () => left('hang'),
    (pids) => pids.length === 2,
  )
  parent.kill('SIGKILL')
  const killedAt = performance.now()
  await until(
    () => left('hang'),
    (pids) => pids.length === 0,
  )
  expect(performance.now() - killedAt).toBeLessThan(2_000)
})

test('a process that fails takes the others with it', async () => {
  const answer = await probe(request('uneven'))
  expect(answer).toEqual({ state: 'failed', reason: 'nmap ended with exit code 1' })
  expect(left('uneven')).toEqual([])
})

test('an nmap that does not read its targets does not end us', async () => {
  const odd = Array.from({ length: 30_000 }, (_, i) => `127.64.${i >> 7}.${((i & 127) << 1) | 1}`)
  const answer = await probe(request('deaf', { targets: [odd], count: odd.length }))
  expect(answer).toMatchObject({ state: 'blind' })
})

test('past its deadline nothing is started', async () => {
  const answer = await probe(request('honest', { deadline: new Date(Date.now() - 1) }))
  expect(answer).toMatchObject({ state: 'failed' })
})

test('a sweep that is given up ends at once', async () => {
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 300)
  const answer = await probe(request('hang', { signal: stop.signal }))
  expect(answer).toEqual({ state: 'failed', reason: 'the sweep was given up' })
  expect(left('hang')).toEqual([])
})

test('an nmap that is missing fails the sweep', async () => {
  const answer = await probe(request('honest', { nmapPath: path.join(folder, 'nowhere') }))
  expect(answer).toEqual({ state: 'failed', reason: expect.stringMatching(/nowhere/) })
})

test('a launch that is missing fails the sweep', async () => {
  const answer = await probe(request('honest', { launch: ['/nowhere/launch'] }))
  expect(answer).toEqual({ state: 'failed', reason: expect.stringMatching(/cannot be started/) })
})

test.each([
  ['with host bits', ['127.0.0.1/24'], 256, /"127\.0\.0\.1\/24" is not a target/],
  ['that is an option', ['--interactive'], 1, /"--interactive" is not a target/],
  ['of several lines', ['127.0.0.1\n10.0.0.1'], 2, /is not a target/],
  ['that is there twice', ['127.0.0.0/30', '127.0.0.2'], 5, /127\.0\.0\.2 is in the targets twice/],
  ['that was miscounted', ['127.0.0.0/30'], 5, /hold 4 addresses, not 5/],
])('a target %s is refused before nmap starts', async (_, cidrs, count, reason) => {
  const answer = await probe(request('honest', { targets: [cidrs], count }))
  expect(answer).toEqual({ state: 'failed', reason: expect.stringMatching(reason) })
})

test('no target at all is swept without a process', async () => {
  const answer = await probe(
    request('honest', { targets: [[], []], count: 0, nmapPath: '/nowhere' }),
  )
  expect(answer).toMatchObject({ state: 'swept', asked: 0, replies: [] })
})
