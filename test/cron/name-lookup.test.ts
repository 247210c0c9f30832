import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Lookup, lookUpName } from '../../cron/name-lookup.js'
import type { Ip } from '../../src/core/address/ip.js'
import type { Range } from '../../src/core/address/network.js'
import { NAME_SOURCES } from '../../src/core/names/change.js'
import { DnsProbe } from '../../src/probe/dns.js'
import { MdnsProbe } from '../../src/probe/mdns.js'
import { Pace } from '../../src/probe/pace.js'
import type { DueName } from '../../src/store/names.js'
import {
  type LoopbackDns,
  makeRecord,
  makeReply,
  startLoopbackDns,
  TYPE,
  wireName,
} from '../support/dns-server.js'

const LOCALHOST = 0x7f000001 as Ip
const NOW = new Date('2026-05-04T10:00:00Z')
const DUE: DueName = {
  ...{ siteId: 1, ip: LOCALHOST, held: undefined, check: undefined },
  ...{ isPresent: true, hasCome: true },
}

let server: LoopbackDns
let host: LoopbackDns
let lookup: Lookup
beforeEach(async () => {
  server = await startLoopbackDns((asked) => [makeReply(asked, { rcode: 3 })])
  host = await startLoopbackDns((asked) => [
    makeReply(asked, { answers: [makeRecord(TYPE.PTR, wireName('self', 'local'))] }),
  ])
  const resolvers = [{ ip: LOCALHOST, port: server.port }]
  lookup = {
    dns: new DnsProbe({ resolvers, rate: 1_000, triesMs: [100] }),
    direct: [new MdnsProbe({ pace: new Pace(1_000), port: host.port, triesMs: [100] })],
    neverScan: [],
    order: NAME_SOURCES,
    limits: { minAgeSeconds: 900, maxAgeSeconds: 86_400 },
    now: NOW,
  }
})
afterEach(async () => {
  for (const probe of [lookup.dns, ...lookup.direct]) probe.close()
  await server.close()
  await host.close()
})

const named = (name: string, ip = [127, 0, 0, 1]) => {
  server.answerer = (asked) => [
    makeReply(asked, {
      answers: [
        asked.type === TYPE.PTR
          ? makeRecord(TYPE.PTR, wireName(...name.split('.')), 3_600)
          : makeRecord(TYPE.A, Buffer.from(ip)),
      ],
    }),
  ]
}

describe('who has no PTR record', () => {
  test('is asked itself', async () => {
    const found = await lookUpName(lookup, DUE)
    expect(found?.change).toEqual({ kind: 'gained', now: { name: 'self.local', source: 'mdns' } })
    expect(found?.check).toMatchObject({ directAt: NOW, failures: 0, forward: 'none' })
  })

  test.each<[string, Partial<Lookup>, Partial<DueName>]>([
    [
      'never where nothing may be scanned',
      { neverScan: [{ first: LOCALHOST, last: LOCALHOST } as Range] },
      {},
    ],
    ['never while it is silent', {}, { isPresent: false }],
  ])('%s', async (_, given, due) => {
    const found = await lookUpName({ ...lookup, ...given }, { ...DUE, ...due })
    expect(found?.change.kind).toBe('nameless')
    expect(server.asked).toHaveLength(1)
    expect(host.asked).toEqual([])
  })
})

test('who has one is not asked itself', async () => {
  named('host.test')
  const found = await lookUpName(lookup, DUE)
  expect(found).toMatchObject({
    change: { kind: 'gained', now: { name: 'host.test', source: 'ptr' } },
    check: { forward: 'match', forwardAt: NOW },
    dueAt: new Date(NOW.getTime() + 3_600_000),
  })
  expect(host.asked).toEqual([])
})

test('a name that leads elsewhere is a mismatch', async () => {
  named('host.test', [127, 0, 0, 9])
  expect((await lookUpName(lookup, DUE))?.check.forward).toBe('mismatch')
})

test('a failed lookup leaves the name, counts, and asks nobody else', async () => {
  server.answerer = (asked) => [makeReply(asked, { rcode: 2 })]
  const held = { name: 'host.test', source: 'ptr' } as const
  const before = await lookUpName(lookup, { ...DUE, held })
  expect(before?.change).toEqual({ kind: 'unheard', now: held })
  expect(before?.check).toMatchObject({ failures: 1, failure: 'SERVFAIL', failedAt: NOW })
  const again = await lookUpName(lookup, { ...DUE, held, check: before?.check })
  expect(again?.check.failures).toBe(2)
  expect(host.asked).toEqual([])
})
