import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Ip, parseIp } from '../../src/core/address/ip.js'
import { DnsProbe } from '../../src/probe/dns.js'
import {
  type Answerer,
  type Asked,
  type LoopbackDns,
  makeRecord,
  makeReply,
  startLoopbackDns,
  TYPE,
  wireName,
} from '../support/dns-server.js'

const ADDRESS = ipOf('10.1.2.3')
const LOCALHOST = ipOf('127.0.0.1')

let server: LoopbackDns
let probe: DnsProbe
beforeEach(async () => {
  server = await startLoopbackDns(() => [])
  probe = open(server)
})
afterEach(async () => {
  probe.close()
  await server.close()
})

function open(...servers: LoopbackDns[]): DnsProbe {
  const resolvers = servers.map(({ port }) => ({ ip: LOCALHOST, port }))
  return new DnsProbe({ resolvers, rate: 10_000, triesMs: [150, 150] })
}

const named = (...labels: (string | Uint8Array)[]) => makeRecord(TYPE.PTR, wireName(...labels))
const ask = (answerer: Answerer) => {
  server.answerer = answerer
  return probe.ask(ADDRESS)
}

describe('answers', () => {
  test('a PTR record names the address, as it is written, for its TTL', async () => {
    const answer = await ask((asked) => [
      makeReply(asked, { answers: [named('Printer7', 'example', 'test')] }),
    ])
    expect(answer).toEqual({ state: 'named', names: ['Printer7.example.test'], ttl: 300 })
    expect(server.asked.map(({ name }) => name)).toEqual(['3.2.1.10.in-addr.arpa'])
  })

  test('of several names the first of the alphabet comes first, however the server turns them', async () => {
    const records = [named('b'), named('A'), named('c'), named('a')]
    const straight = await ask((asked) => [makeReply(asked, { answers: records })])
    const turned = await ask((asked) => [makeReply(asked, { answers: records.toReversed() })])
    expect(straight).toMatchObject({ names: ['a', 'b', 'c'] })
    expect(turned).toMatchObject({ names: ['A', 'b', 'c'] })
  })

  test('NXDOMAIN is an answer, and its SOA says for how long', async () => {
    const numbers = Buffer.alloc(20)
    numbers.writeUInt32BE(60, 16)
    const soa = makeRecord(TYPE.SOA, Buffer.concat([wireName('a'), wireName('b'), numbers]), 900)
    expect(await ask((asked) => [makeReply(asked, { rcode: 3, authorities: [soa] })])).toEqual({
      state: 'nameless',
      ttl: 60,
    })
  })

  test('a CNAME leads to the name (RFC 2317)', async () => {
    const owner = wireName('3', '0/25', '2', '1', '10', 'in-addr', 'arpa')
    const answers = [
      makeRecord(TYPE.CNAME, owner, 60),
      makeRecord(TYPE.PTR, wireName('host', 'test'), 300, owner),
    ]
    expect(await ask((asked) => [makeReply(asked, { answers })])).toEqual({
      state: 'named',
      names: ['host.test'],
      ttl: 60,
    })
  })

  test('a truncated answer is asked for again over TCP', async () => {
    const answer = await ask((asked) => [
      asked.isTcp
        ? makeReply(asked, { answers: [named('long', 'test')] })
        : makeReply(asked, { flags: 0x0200, answers: [named('cut')] }).subarray(0, -3),
    ])
    expect(answer).toMatchObject({ names: ['long.test'] })
    expect(server.asked.map(({ isTcp }) => isTcp)).toEqual([false, true])
  })

  test('a server that knows no EDNS is asked without', async () => {
    let times = 0
    const answer = await ask((asked) => [
      times++ === 0
        ? makeReply(asked, { rcode: 1 })
        : makeReply(asked, { answers: [named('old')] }),
    ])
    expect(answer).toMatchObject({ names: ['old'] })
  })

  test('a lost question is asked again', async () => {
    let times = 0
    expect(
      await ask((asked) => (times++ === 0 ? [] : [makeReply(asked, { answers: [named('late')] })])),
    ).toMatchObject({ names: ['late'] })
  })
})

describe('failures change nothing', () => {
  const loop = (asked: Asked) => [
    makeReply(asked, { answers: [makeRecord(TYPE.CNAME, asked.question.subarray(0, -4))] }),
  ]
  const referral = (asked: Asked) => [
    makeReply(asked, { authorities: [makeRecord(TYPE.NS, wireName('ns', 'test'))] }),
  ]
  const failures: [string, Answerer, string][] = [
    ['SERVFAIL', (asked) => [makeReply(asked, { rcode: 2 })], 'SERVFAIL'],
    ['REFUSED', (asked) => [makeReply(asked, { rcode: 5 })], 'REFUSED'],
    ['silence', () => [], 'timeout'],
    [
      'a wrong id',
      (asked) => [makeReply(asked, { id: asked.id ^ 1, answers: [named('evil')] })],
      'timeout',
    ],
    [
      'a wrong question',
      (asked) => [
        makeReply(asked, {
          question: Buffer.concat([wireName('other'), Buffer.from([0, 12, 0, 1])]),
          answers: [named('evil')],
        }),
      ],
      'nonsense',
    ],
    [
      'noise',
      (asked) => [Buffer.concat([makeReply(asked, {}).subarray(0, 12), Buffer.alloc(40, 0xff)])],
      'nonsense',
    ],
    [
      'a record that runs over the end',
      (asked) => [makeReply(asked, { answers: [named('a').subarray(0, -1)] })],
      'nonsense',
    ],
    [
      'a pointer that leads to itself',
      (asked) => [
        makeReply(asked, {
          answers: [makeRecord(TYPE.PTR, Buffer.from([0xc0, 12 + asked.question.length + 12]))],
        }),
      ],
      'nonsense',
    ],
    [
      'a label of 255 bytes',
      (asked) => [
        makeReply(asked, {
          answers: [
            makeRecord(
              TYPE.PTR,
              Buffer.concat([Buffer.from([255]), Buffer.alloc(255, 0x61), Buffer.from([0])]),
            ),
          ],
        }),
      ],
      'nonsense',
    ],
    ['a CNAME loop', loop, 'CNAME loop'],
    ['a referral', referral, 'referral'],
    ['truncated also over TCP', (asked) => [makeReply(asked, { flags: 0x0200 })], 'truncated'],
  ]
  test.each(failures)('%s', async (_, answerer, reason) => {
    expect(await ask(answerer)).toEqual({ state: 'failed', reason })
  })

  test('an honest reply counts after a forged one', async () => {
    const answer = await ask((asked) => [
      makeReply(asked, { id: asked.id ^ 1, answers: [named('evil')] }),
      makeReply(asked, {
        question: Buffer.concat([wireName('x'), Buffer.from([0, 12, 0, 1])]),
        answers: [named('evil')],
      }),
      makeReply(asked, { answers: [named('honest')] }),
    ])
    expect(answer).toMatchObject({ names: ['honest'] })
  })

  test('the next resolver is asked where one fails', async () => {
    const second = await startLoopbackDns((asked) => [makeReply(asked, { answers: [named('b')] })])
    const both = open(server, second)
    server.answerer = (asked) => [makeReply(asked, { rcode: 2 })]
    expect(await both.ask(ADDRESS)).toMatchObject({ names: ['b'] })
    both.close()
    await second.close()
  })

  test('one that stays silent is given up', async () => {
    await Promise.all(Array.from({ length: 70 }, () => probe.ask(ADDRESS)))
    expect(probe.isDead).toBe(true)
    const before = server.asked.length
    expect(await probe.ask(ADDRESS)).toEqual({ state: 'failed', reason: 'no resolver' })
    expect(server.asked.length).toBe(before)
  })
})

describe('hostile names are clean', () => {
  test.each([
    ['an escape sequence', ['\x1b[2J'], '\\027\\091' + '2J'],
    ['NUL and newline', ['a\0b\n'], 'a\\000b\\010'],
    [
      'a script',
      ['<script>alert(1)</script>'],
      '\\060script\\062alert\\0401\\041\\060\\047script\\062',
    ],
    ['a dot inside a label', ['a.b', 'c'], 'a\\046b.c'],
    ['a backslash', ['\\'], '\\092'],
    ['bytes that are no UTF-8', [Buffer.from([0xff, 0xfe])], '\\255\\254'],
    ['a formula', ['=1+1'], '\\0611\\0431'],
  ])('%s', async (_, labels, name) => {
    const answer = await ask((asked) => [makeReply(asked, { answers: [named(...labels)] })])
    expect(answer).toMatchObject({ names: [name] })
  })

  test('the longest name is cut at a whole escape', async () => {
    const label = Buffer.alloc(63, 0x07)
    const answer = await ask((asked) => [
      makeReply(asked, { answers: [named(label, label, label)] }),
    ])
    const name = answer.state === 'named' ? answer.names[0]! : ''
    expect(name).toBe(`${'\\007'.repeat(63)}.`)
  })
})

describe('the way forward', () => {
  const leadTo = (...addresses: number[][]) => {
    server.answerer = (asked) => [
      makeReply(asked, { answers: addresses.map((it) => makeRecord(TYPE.A, Buffer.from(it))) }),
    ]
    return probe.checkForward('host.test', ADDRESS)
  }
  test('back to the address', async () =>
    expect(await leadTo([10, 9, 9, 9], [10, 1, 2, 3])).toBe('match'))
  test('elsewhere', async () => expect(await leadTo([10, 9, 9, 9])).toBe('mismatch'))
  test('nowhere', async () => expect(await leadTo()).toBe('none'))
  test('unknown where the server fails', async () => {
    server.answerer = (asked) => [makeReply(asked, { rcode: 2 })]
    expect(await probe.checkForward('host.test', ADDRESS)).toBe('unknown')
  })
})

function ipOf(text: string): Ip {
  const parsed = parseIp(text)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}
