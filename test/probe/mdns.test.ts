import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Ip } from '../../src/core/address/ip.js'
import { MdnsProbe } from '../../src/probe/mdns.js'
import { Pace } from '../../src/probe/pace.js'
import {
  type Answerer,
  type LoopbackDns,
  makeRecord,
  makeReply,
  startLoopbackDns,
  TYPE,
  wireName,
} from '../support/dns-server.js'

const LOCALHOST = 0x7f000001 as Ip

let host: LoopbackDns
beforeEach(async () => {
  host = await startLoopbackDns(() => [])
})
afterEach(() => host.close())

async function ask(answerer: Answerer) {
  host.answerer = answerer
  const probe = new MdnsProbe({ pace: new Pace(1_000), port: host.port, triesMs: [100, 100] })
  const answer = await probe.ask(LOCALHOST)
  probe.close()
  return answer
}

test('a host that speaks multicast DNS says its own name', async () => {
  const name = makeRecord(TYPE.PTR, wireName("Ada's Laptop", 'local'), 120)
  expect(await ask((asked) => [makeReply(asked, { answers: [name] })])).toEqual({
    state: 'named',
    names: ['Ada\\039s\\032Laptop.local'],
    ttl: 120,
  })
  expect(host.asked.map(({ name: asked }) => asked)).toEqual(['1.0.0.127.in-addr.arpa'])
})

test.each<[string, Answerer, string]>([
  ['silence', () => [], 'timeout'],
  ['a DNS server that knows nothing', (asked) => [makeReply(asked, { rcode: 3 })], 'NXDOMAIN'],
  ['an empty answer', (asked) => [makeReply(asked, {})], 'nameless'],
])('%s says nothing about the name', async (_, answerer, reason) => {
  expect(await ask(answerer)).toEqual({ state: 'failed', reason })
})
