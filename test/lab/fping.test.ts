import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatIp } from '../../src/core/address/ip.js'
import { parseNetwork } from '../../src/core/address/network.js'
import { countAddresses, planPart, renderTargets, splitEvenly } from '../../src/core/scan/plan.js'
import { probe } from '../../src/probe/nmap.js'
import { type Lab, makeLab } from './lab.js'
import { isLabHere } from './lab-here.js'
import { ON_LINK } from './link.js'

const runFile = promisify(execFile)
const ANSWERING = ['10.1.0.0/22', '10.1.6.128/25', '10.1.7.254/32', '10.255.0.96/27']
const SILENT = ['10.1.1.0/24', '10.1.2.64/26', '10.1.3.7/32']

describe.skipIf(!isLabHere('test/lab/fping.test.ts'))('our sweep', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await makeLab({ answering: ANSWERING, silent: SILENT })
    await lab.attach('10.255.0.9')
  })
  afterAll(() => lab.remove())

  // 1,024 + 128 + 1 answer and 256 + 64 + 1 of them are silent, without 10.1.0.0; and on the link
  // 32, the attached host, the gateway and the scanner itself.
  test.each([
    ['10.1.0.0/21', 831],
    [ON_LINK, 35],
  ])('of %s finds the same addresses as fping, %i', async (cidr, count) => {
    const theirs = await askFping(cidr)
    expect(theirs).toHaveLength(count)
    expect(await askNmap(cidr)).toEqual(theirs)
  })

  async function askFping(cidr: string): Promise<string[]> {
    const [first = '', ...rest] = [...lab.launch, 'fping', '-a', '-g']
    const args = [...rest, '-i', '1', '-r', '1', '-t', '500', cidr]
    // fping exits with 1 where any address is silent.
    const { stdout } = await runFile(first, args).catch((error) => error)
    return stdout.trim().split('\n').sort()
  }

  async function askNmap(cidr: string): Promise<string[]> {
    const network = parseNetwork(cidr)
    const ranges = network.ok ? planPart(network.value, network.value, []) : []
    const answer = await probe({
      nmapPath: '/usr/bin/nmap',
      launch: lab.launch,
      targets: splitEvenly(ranges, 4).map(renderTargets),
      count: countAddresses(ranges),
      packetsPerSecond: 2_000,
      deadline: new Date(Date.now() + 25_000),
    })
    return answer.state === 'swept'
      ? answer.replies.map((reply) => formatIp(reply.ip)).sort()
      : [answer.reason]
  }
})
