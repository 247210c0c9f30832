import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Lab, makeLab } from './lab.js'
import { isLabHere } from './lab-here.js'
import { GATEWAY } from './link.js'
import { until } from './watch.js'

const runFile = promisify(execFile)

describe.skipIf(!isLabHere('test/lab/lab.test.ts'))('the lab', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await makeLab({ answering: ['10.1.0.0/16'], silent: ['10.1.0.64/26'] })
  })
  afterEach(() => lab.restore())
  afterAll(() => lab.remove())

  test('answers where it is told to, and the most specific range decides', async () => {
    await lab.answer('10.1.0.80/30')
    expect(await pings('10.1.0.0/24')).toEqual([
      ...addresses('10.1.0.', 1, 63),
      ...addresses('10.1.0.', 80, 83),
      ...addresses('10.1.0.', 128, 254),
    ])
  })

  test.each(['10.1.0.65', '10.9.9.9'])('is silent at %s, without an ICMP error', async (ip) => {
    const errors = await inside('fping', ['-r', '0', '-t', '300', ip])
    expect(errors).toMatch(/is unreachable\n$/)
    expect(errors).not.toMatch(/ICMP/)
  })

  test('switches a range off and on while a program pings it', async () => {
    const pinging = spawnInside('fping', ['-l', '-p', '20', '-t', '20', '10.1.3.3'])
    onTestFinished(() => void pinging.kill())
    const replies = async () => (await lab.wire()).replies
    await isGrowing(replies)
    await lab.silence('10.1.3.0/24')
    const before = await lab.wire()
    await isGrowing(async () => (await lab.wire()).requests)
    expect(await replies()).toBe(before.replies)
    await lab.answer('10.1.3.0/24')
    await isGrowing(replies)
  })

  test('answers ARP on the link, each attached host with its own MAC', async () => {
    await lab.answer('10.255.0.64/30')
    const mac = await lab.attach('10.255.0.9')
    await lab.attach('10.255.0.10', '02:00:00:00:be:ef')
    const report = await inside('nmap', ['-sn', '-n', '-PE', '10.255.0.8/29', '10.255.0.64/29'])
    expect([...report.matchAll(/report for ([0-9.]+)/g)].map((found) => found[1])).toEqual([
      ...['10.255.0.9', '10.255.0.10'],
      ...addresses('10.255.0.', 64, 67),
    ])
    expect(report).toContain(`10.255.0.9\nHost is up`)
    expect(report.match(/MAC Address: [0-9A-F:]+/g)?.slice(0, 2)).toEqual([
      `MAC Address: ${mac.toUpperCase()}`,
      'MAC Address: 02:00:00:00:BE:EF',
    ])
    await lab.detach(mac)
    expect(await inside('nmap', ['-sn', '-n', '-PE', '10.255.0.9'])).toContain('0 hosts up')
  })

  test('loses the share of frames it is told to lose, each way by itself', async () => {
    await lab.lose(20)
    const before = await lab.wire()
    const answered = await pings('10.1.16.0/20')
    const after = await lab.wire()
    const requests = after.requests - before.requests
    const replies = after.replies - before.replies
    // Four thousand tries of 20 %: one standard deviation is 0.6 %.
    expect(replies / requests).toBeGreaterThan(0.76)
    expect(replies / requests).toBeLessThan(0.84)
    expect(answered.length / replies).toBeGreaterThan(0.76)
    expect(answered.length / replies).toBeLessThan(0.84)
  })

  test('counts what passes the wire, and by itself loses nothing', async () => {
    const before = await lab.wire()
    const answered = await pings('10.1.32.0/21')
    const after = await lab.wire()
    expect(answered).toHaveLength(2046)
    expect(after.requests - before.requests).toBe(2046)
    expect(after.replies - before.replies).toBe(2046)
    expect(after.sent - before.sent).toBeGreaterThanOrEqual(2046)
    expect(after.spilled).toBe(0)
  })

  test.each([
    ['interface', ''],
    ['cable', `default via ${GATEWAY} dev up0 linkdown`],
    ['gateway', `default via ${GATEWAY} dev up0`],
  ] as const)('cuts the %s and mends it; meanwhile the route is "%s"', async (what, route) => {
    await lab.cutLink(what)
    expect(await pings('10.1.0.0/30')).toEqual([])
    expect((await inside('ip', ['route', 'show', 'default'])).trim()).toBe(route)
    await lab.mendLink()
    // A mended cable drops frames for up to a second.
    await expect
      .poll(() => pings('10.1.0.0/30'), { timeout: 10_000 })
      .toEqual(addresses('10.1.0.', 1, 2))
  })

  test('answers for a whole /12', async () => {
    await lab.answer('10.16.0.0/12')
    const sample = Array.from({ length: 2_048 }, (_, i) => formatIp(0x0a100000 + i * 512 + 7))
    const report = await inside('fping', ['-a', '-i', '1', '-r', '0', '-t', '500', ...sample])
    expect(report.trim().split('\n')).toHaveLength(sample.length)
    expect((await lab.wire()).spilled).toBe(0)
  })

  test('goes back to its beginning', async () => {
    await lab.lose(100)
    await lab.silence('10.1.0.0/16')
    await lab.answer('10.2.0.0/16')
    await lab.attach('10.255.0.9')
    await lab.cutLink()
    await lab.restore()
    expect(await pings('10.1.0.60/30')).toEqual(addresses('10.1.0.', 61, 62))
    expect(await pings('10.2.0.0/30')).toEqual([])
    expect(await inside('nmap', ['-sn', '-n', '-PE', '10.255.0.9'])).toContain('0 hosts up')
  })

  /** The addresses of a CIDR that answer, without its first and last, as fping finds them. */
  async function pings(cidr: string): Promise<string[]> {
    const options = ['-a', '-i', '1', '-r', '0', '-t', '500', '-g']
    const report = await inside('fping', [...options, cidr])
    return [...report.matchAll(/^[0-9.]+$/gm)].map((found) => found[0]).sort(byNumber)
  }

  /** What a command said, on either channel and whatever its exit code. */
  async function inside(command: string, args: readonly string[]): Promise<string> {
    const [first = '', ...rest] = [...lab.launch, command, ...args]
    const said = await runFile(first, rest, { maxBuffer: 2 ** 24 }).catch((error) => error)
    return `${said.stdout}${said.stderr}`
  }

  function spawnInside(command: string, args: readonly string[]): ChildProcess {
    const [first = '', ...rest] = [...lab.launch, command, ...args]
    return spawn(first, rest)
  }
})

function addresses(prefix: string, first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => `${prefix}${first + i}`)
}

function formatIp(ip: number): string {
  return [24, 16, 8, 0].map((shift) => (ip >>> shift) & 255).join('.')
}

function byNumber(a: string, b: string): number {
  const number = (ip: string) => ip.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  return number(a) - number(b)
}

async function isGrowing(count: () => Promise<number>): Promise<void> {
  const before = await count()
  await until(async () => (await count()) >= before + 3)
}
