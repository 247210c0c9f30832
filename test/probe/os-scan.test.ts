import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { parseIp } from '../../src/core/address/ip.js'
import { typeOfSystem } from '../../src/core/discovery/system-type.js'
import type { OsReply } from '../../src/probe/os-report.js'
import { detectSystems } from '../../src/probe/os-scan.js'
import { type Lab, makeLab } from '../lab/lab.js'
import { isLabHere } from '../lab/lab-here.js'
import { run } from '../lab/namespaces.js'

describe.skipIf(!isLabHere('test/probe/os-scan.test.ts'))('nmap -O of live hosts', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await makeLab({ answering: ['10.1.0.0/28'] })
    await lab.attach('10.255.0.9')
  })
  afterAll(() => lab.remove())

  test('with an open port: a Linux, by its fingerprint or as a guess, or too many that fit', async () => {
    await listen('10.1.0.1', 22)
    const [reply] = await ask('10.1.0.1')
    expect(reply?.ports.get(22)).toBe('open')
    expect(reply?.ports.get(135)).toBe('closed')
    const { match } = reply!
    if (match === undefined) {
      process.stderr.write('nmap could not tell what this kernel is: its match is not looked at\n')
    } else {
      expect(match).toMatchObject({ name: expect.stringContaining('Linux'), family: 'Linux' })
      expect(match.accuracy).toBeGreaterThanOrEqual(85)
      expect(match.cpe).toMatch(/^cpe:\/o:linux:linux_kernel/)
    }
    expect(typeOf(reply!)).toBe('linux')
  })

  test('the ports tell the type as they told it to ipdiscover-util', async () => {
    await Promise.all([listen('10.1.0.2', 135), listen('10.1.0.3', 80)])
    filter('ip daddr 10.1.0.4 tcp dport { 22, 23, 80, 135 } drop')
    const replies = await ask('10.1.0.2', '10.1.0.3', '10.1.0.4', '10.1.0.5')
    const types = replies.map((reply) => [reply.match?.accuracy === 100, typeOf(reply)])
    // A fingerprint that fits in everything goes before the ports.
    const expected = ['windows', 'network', 'filtered', 'phantom']
    expect(types).toEqual(
      expected.map((type, i) => (types[i]?.[0] ? [true, 'linux'] : [false, type])),
    )
  })

  test('who is away gets one echo request, and is not among the replies', async () => {
    const before = (await lab.wire()).sent
    expect(await ask('10.9.9.9')).toEqual([])
    expect((await lab.wire()).sent - before).toBeLessThan(10)
  })

  test('an ordinary user needs no more than CAP_NET_RAW, handed down', async () => {
    const raw = ['--inh-caps', '--ambient-caps', '--bounding-set'].map(
      (it) => `${it}=-all,+net_raw`,
    )
    const user = ['--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs']
    const launch = [...lab.launch, 'setpriv', ...user, ...raw]
    const answer = await detectSystems({ ...request('10.1.0.5'), launch })
    expect(answer).toMatchObject({ state: 'told', replies: [{ hasTimedOut: false }] })
  })

  test('without the right to send raw packets it fails, and does not ask by TCP', async () => {
    const launch = [
      ...lab.launch,
      'setpriv',
      '--bounding-set=-all',
      '--reuid=65534',
      '--clear-groups',
    ]
    const answer = await detectSystems({ ...request('10.1.0.5'), launch })
    expect(answer).toEqual({ state: 'failed', reason: expect.stringMatching(/complains/) })
  })

  function request(...ips: string[]) {
    return {
      nmapPath: '/usr/bin/nmap',
      launch: lab.launch,
      ips: ips.flatMap((text) => {
        const ip = parseIp(text)
        return ip.ok ? [ip.value] : []
      }),
      deadline: new Date(Date.now() + 25_000),
      signal: new AbortController().signal,
    }
  }

  async function ask(...ips: string[]): Promise<OsReply[]> {
    const answer = await detectSystems(request(...ips))
    if (answer.state !== 'told') throw new Error(answer.reason)
    return [...answer.replies].sort((a, b) => a.ip - b.ip)
  }

  /** A server at one address of the hosts' namespace. */
  async function listen(address: string, port: number): Promise<void> {
    const script = `require('net').createServer().listen(${port}, '${address}', () => console.log('up'))`
    const server = spawn('ip', ['netns', 'exec', lab.hosts, process.execPath, '-e', script])
    onTestFinished(() => void server.kill())
    await new Promise((resolve) => server.stdout.once('data', resolve))
  }

  function filter(rule: string): void {
    const chain = 'type filter hook input priority 0; policy accept;'
    const table = `table ip ports {\nchain arriving {\n${chain}\n${rule}\n}\n}\n`
    run('ip', ['netns', 'exec', lab.hosts, 'nft', '-f', '-'], table)
  }
})

function typeOf({ match, ports }: OsReply) {
  const [os, guess] = match?.accuracy === 100 ? [match.name] : [undefined, match?.name]
  return typeOfSystem({ isDown: false, os, guess, ports })
}
