import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatIp } from '../../src/core/address/ip.js'
import { type ProbeAnswer, type ProbeRequest, probe } from '../../src/probe/nmap.js'
import { probeElsewhere } from '../support/probe-elsewhere.js'
import { isRoot, makeRoutedPair, type RoutedPair } from '../support/routed-pair.js'
import { until } from '../support/running.js'

const NMAP = '/usr/bin/nmap'
const AMBIENT = [
  ...['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', '--no-new-privs'],
  ...['--inh-caps', '--ambient-caps', '--bounding-set'].map((o) => `${o}=-all,+net_raw`),
]
const PLAIN = AMBIENT.map((word) => word.replace('-all,+net_raw', '-all'))

function request(given: Partial<ProbeRequest>): ProbeRequest {
  return {
    nmapPath: NMAP,
    launch: [],
    targets: [['127.0.0.0/28']],
    count: 16,
    packetsPerSecond: 1_000,
    deadline: new Date(Date.now() + 25_000),
    ...given,
  }
}

function answering(answer: ProbeAnswer): string[] {
  return answer.state === 'swept'
    ? answer.replies.map((reply) => formatIp(reply.ip))
    : [answer.reason]
}

if (!isRoot)
  console.warn('NOT ROOT: the tests of raw packets, capabilities and namespaces are SKIPPED')

describe.runIf(isRoot)('nmap over loopback', () => {
  test.each([
    ['as root', []],
    ['as an ordinary user with ambient CAP_NET_RAW', AMBIENT],
  ])('sweeps this machine %s', async (_, launch) => {
    const seen: number[][] = []
    const answer = await probe(
      request({ launch, onProgress: (asked, answered) => seen.push([asked, answered]) }),
    )
    expect(answering(answer)).toEqual(Array.from({ length: 16 }, (_, i) => `127.0.0.${i}`))
    // To its own addresses a machine sends nothing, so there is nothing to measure.
    expect(answer).toMatchObject({ asked: 16, packets: 0 })
    expect(answer).toHaveProperty('replies.0', {
      ip: 0x7f000000,
      rttUs: undefined,
      ttl: undefined,
      mac: undefined,
    })
    expect(seen.at(-1)).toEqual([16, 16])
  })
})

describe.runIf(isRoot)('nmap over a routed network', () => {
  let lab: RoutedPair
  beforeAll(() => {
    lab = makeRoutedPair()
  })
  afterAll(() => lab.drop())

  const inLab = (given: Partial<ProbeRequest>) =>
    request({ ...given, launch: [...lab.launch, ...(given.launch ?? [])] })

  test('several processes find who answers, with round trip, TTL and MAC', async () => {
    const answer = await probe(
      inLab({
        launch: AMBIENT,
        targets: [['10.100.63.248/29', '10.100.64.0/29'], ['10.100.64.8/29'], ['10.99.0.0/29']],
        count: 32,
      }),
    )
    const routed = Array.from({ length: 8 }, (_, i) => `10.100.63.${248 + i}`)
    expect(answering(answer)).toEqual(['10.99.0.1', '10.99.0.2', ...routed])
    expect(answer).toMatchObject({ asked: 32, packets: 31 })
    expect(answer).toHaveProperty('replies.1.mac', expect.any(Number))
    expect(answer).toHaveProperty('replies.2', {
      ip: 0x0a643ff8,
      rttUs: expect.any(Number),
      ttl: 64,
      mac: undefined,
    })
  })

  test('a rate below one packet a second for each process works', async () => {
    const targets = [['10.100.0.1'], ['10.100.0.2'], ['10.100.0.3', '10.100.0.4']]
    const answer = await probe(inLab({ targets, count: 4, packetsPerSecond: 2 }))
    expect(answering(answer)).toHaveLength(4)
  })

  test('progress grows while a silent network is asked', async () => {
    const asked: number[] = []
    const answer = await probe(
      inLab({
        targets: [['10.100.64.0/20']],
        count: 4_096,
        packetsPerSecond: 2_000,
        onProgress: (count) => asked.push(count),
      }),
    )
    expect(answer).toMatchObject({ state: 'swept', asked: 4_096, replies: [] })
    expect(asked.length).toBeGreaterThan(1)
    expect(asked).toEqual([...asked].sort((a, b) => a - b))
    expect(asked[0]).toBeLessThan(4_096)
    expect(asked.at(-1)).toBe(4_096)
  })

  test.each([
    ['no route', '10.200.0.0/24', []],
    ['an unreachable route', '10.101.0.0/24', ['unreachable']],
    ['a prohibit route', '10.102.0.0/24', ['prohibit']],
    ['a blackhole of our own', '10.103.0.0/24', ['blackhole']],
  ])('%s is blindness, also for the part that has a route', async (_, range, kind) => {
    if (kind.length > 0) lab.ip(lab.scanner, 'route', 'add', ...kind, range)
    const answer = await probe(inLab({ targets: [['10.100.0.0/24'], [range]], count: 512 }))
    expect(answer).toEqual({
      state: 'blind',
      reason: expect.stringMatching(/failed to determine route/),
    })
  })

  test('a firewall of our own that eats a packet is blindness', async () => {
    lab.filter(
      lab.scanner,
      'add table inet t\nadd chain inet t o { type filter hook output priority 0; }\n' +
        'add rule inet t o ip daddr 10.100.0.2 drop\n',
    )
    const answer = await probe(inLab({ targets: [['10.100.0.0/29']], count: 8 }))
    lab.filter(lab.scanner, 'delete table inet t\n')
    expect(answer).toEqual({
      state: 'blind',
      reason: expect.stringMatching(/sendto .* Operation not permitted/),
    })
  })

  test.each([
    ['routed', '10.100.0.0/30', /raw socket/],
    ['on the link', '10.99.0.4/30', /Failed to open device/],
  ])(
    'without CAP_NET_RAW a network that is %s is failed, never silent',
    async (_, range, reason) => {
      const answer = await probe(inLab({ launch: PLAIN, targets: [[range]], count: 4 }))
      expect(answer).toEqual({ state: 'failed', reason: expect.stringMatching(reason) })
    },
  )

  test('an nmap that somebody kills is failed', async () => {
    const sweeping = probe(slowSweep('10.100.65.0/24'))
    const [pid] = await until(lab.nmaps, (pids) => pids.length > 0)
    process.kill(pid!, 'SIGKILL')
    expect(await sweeping).toEqual({ state: 'failed', reason: 'nmap was ended by SIGKILL' })
  })

  test('kill -9 of our process leaves no nmap behind', async () => {
    const parent = probeElsewhere(slowSweep('10.100.66.0/23', AMBIENT))
    await until(lab.nmaps, (pids) => pids.length > 0)
    parent.kill('SIGKILL')
    const killedAt = performance.now()
    await until(lab.nmaps, (pids) => pids.length === 0)
    expect(performance.now() - killedAt).toBeLessThan(2_000)
  })

  const slowSweep = (range: string, launch: readonly string[] = []) => {
    const count = 2 ** (32 - Number(range.split('/')[1]))
    return inLab({ launch, targets: [[range]], count, packetsPerSecond: 5 })
  }
})
