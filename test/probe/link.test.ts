import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ip, parseIp } from '../../src/core/address/ip.js'
import type { Range } from '../../src/core/address/network.js'
import { attachedNetworks, type LinkEvidence, readLink } from '../../src/probe/link.js'
import { isRoot, makeRoutedPair, type RoutedPair } from '../support/routed-pair.js'

const LINK = path.join(import.meta.dirname, '../../src/probe/link.ts')

function range(first: string, last: string): Range {
  return { first: address(first), last: address(last) }
}

function address(text: string): Ip {
  const ip = parseIp(text)
  if (!ip.ok) throw new Error(ip.error)
  return ip.value
}

test('loopback is always up', async () => {
  expect(await readLink(range('127.0.0.0', '127.255.255.255'))).toEqual({
    isUp: true,
    reason: 'loopback',
    gateway: undefined,
  })
})

test('attached networks hold our address, and loopback is not among them', () => {
  for (const network of attachedNetworks()) {
    expect(network.device).not.toBe('lo')
    expect(network.address).toBeGreaterThanOrEqual(network.range.first)
    expect(network.address).toBeLessThanOrEqual(network.range.last)
    expect(network.range.last - network.range.first + 1).toBe(2 ** (32 - network.prefixLength))
  }
})

if (!isRoot) console.warn('NOT ROOT: the tests of routes and links in namespaces are SKIPPED')

describe.runIf(isRoot)('in a network of our own', () => {
  let lab: RoutedPair
  beforeAll(() => {
    lab = makeRoutedPair()
  })
  afterAll(() => lab.drop())

  /** Evaluates an expression over link.ts in the scanner's namespace. */
  const inLab = (expression: string) => {
    const script = `import * as link from ${JSON.stringify(LINK)}
      console.log(JSON.stringify(await ${expression}))`
    const node = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', script]
    return JSON.parse(execFileSync('ip', [...lab.launch.slice(1), ...node], { encoding: 'utf8' }))
  }
  const linkTo = (first: string, last: string): LinkEvidence =>
    inLab(`link.readLink(${JSON.stringify(range(first, last))})`)

  test('lists the network of the link', () => {
    expect(inLab('link.attachedNetworks()')).toEqual([
      {
        device: 'up0',
        address: address('10.99.0.1'),
        range: range('10.99.0.0', '10.99.0.255'),
        prefixLength: 24,
      },
    ])
  })

  test('knows the gateway of a routed range, and none on the link', () => {
    expect(linkTo('10.100.0.0', '10.100.0.255')).toEqual({
      isUp: true,
      reason: 'over up0',
      gateway: address('10.99.0.2'),
    })
    expect(linkTo('10.99.0.0', '10.99.0.255')).toEqual({ isUp: true, reason: 'over up0' })
    expect(linkTo('10.99.0.1', '10.99.0.1')).toEqual({ isUp: true, reason: 'over lo' })
  })

  test('a range without a route, wholly or at one end, is not up', () => {
    expect(linkTo('10.200.0.0', '10.200.0.255')).toEqual({
      isUp: false,
      reason: 'no route to 10.200.0.0',
    })
    expect(linkTo('10.100.255.0', '10.101.0.255')).toEqual({
      isUp: false,
      reason: 'no route to 10.101.0.255',
    })
  })

  test.each(['unreachable', 'prohibit', 'blackhole'])(
    'an own route that is %s is not up',
    (kind) => {
      lab.ip(lab.scanner, 'route', 'add', kind, '10.201.0.0/24')
      expect(linkTo('10.201.0.0', '10.201.0.255')).toEqual({
        isUp: false,
        reason: expect.stringMatching(new RegExp(`^an? ${kind} route to 10\\.201\\.0\\.0$`)),
      })
      lab.ip(lab.scanner, 'route', 'del', kind, '10.201.0.0/24')
    },
  )

  test('a link whose other end is down is down, though the route is still there', () => {
    lab.ip(lab.router, 'link', 'set', 'down0', 'down')
    expect(linkTo('10.100.0.0', '10.100.0.255')).toMatchObject({
      isUp: false,
      reason: expect.stringMatching(/^the link up0 is (down|lowerlayerdown)$/),
    })
    lab.ip(lab.router, 'link', 'set', 'down0', 'up')
  })
})
