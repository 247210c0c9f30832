import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { detectOs } from '../../cron/detect-os.js'
import { sweepNetwork } from '../../cron/sweep.js'
import { parseIp } from '../../src/core/address/ip.js'
import { parseRange } from '../../src/core/address/network.js'
import { slotStart } from '../../src/core/scan/schedule.js'
import { openLog } from '../../src/log.js'
import { addExclusion } from '../../src/store/exclusions.js'
import { markAddress, markRange, markVendor } from '../../src/store/fragile.js'
import { setSetting } from '../../src/store/settings.js'
import { type Lab, makeLab } from '../lab/lab.js'
import { isLabHere } from '../lab/lab-here.js'
import { run } from '../lab/namespaces.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { makeContext, NMAP, plantNetwork } from '../support/scanning.js'

const NEVER = '10.1.0.4'
const DHCP = '10.1.0.5'
const FRAGILE = '10.1.0.6'
const IN_FRAGILE_RANGE = '10.1.0.9'
const FREE = '10.1.0.1'
const SIEMENS = { address: '10.255.0.20', mac: '00:1b:1b:00:00:14' }
const RANDOM = { address: '10.255.0.21', mac: '02:00:00:00:00:15' }
const ALL = [NEVER, DHCP, FRAGILE, IN_FRAGILE_RANGE, FREE, SIEMENS.address, RANDOM.address]

const range = (text: string) => {
  const parsed = parseRange(text)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}
const ip = (text: string) => {
  const parsed = parseIp(text)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}

describe.skipIf(!isLabHere('test/cron/detect-os-lab.test.ts'))('detect-os at the wire', () => {
  let lab: Lab
  let database: TestDatabase
  let siteId: number
  beforeAll(async () => {
    lab = await makeLab({ answering: ['10.1.0.0/28'] })
    await lab.attach(SIEMENS.address, SIEMENS.mac)
    await lab.attach(RANDOM.address, RANDOM.mac)
    countPacketsTo(ALL)
  })
  afterAll(() => lab.remove())
  beforeEach(async () => {
    database = await makeDatabase()
    return () => database.drop()
  })

  test('after a sweep asks those that may be asked, and sends the others not one packet', async () => {
    await sweepBoth()
    await protect()
    const before = readPackets()
    const summary = await detect(12 * 32)
    const after = readPackets()
    const sent = new Map(
      ALL.map((address) => [address, after.get(address)! - before.get(address)!]),
    )
    for (const address of [NEVER, DHCP, FRAGILE, IN_FRAGILE_RANGE, SIEMENS.address]) {
      expect(sent.get(address), address).toBe(0)
    }
    for (const address of [FREE, RANDOM.address]) {
      expect(sent.get(address), address).toBeGreaterThan(16)
    }
    expect(summary).toMatch(/, 2 vendors found$/)
    const rows = await database.store.query<{ ip_text: string; state: string; vendor: string }>(
      `SELECT a.ip_text, y.state, a.vendor FROM address_system y
       JOIN address a ON a.site_id = y.site_id AND a.ip = y.ip WHERE a.ip_text IN (?, ?, ?, ?)
       ORDER BY a.ip`,
      [NEVER, FREE, SIEMENS.address, RANDOM.address],
    )
    expect(rows).toEqual([
      { ip_text: FREE, state: expect.stringMatching(/known|could-not-tell/), vendor: null },
      { ip_text: NEVER, state: 'waiting', vendor: null },
      { ip_text: SIEMENS.address, state: 'waiting', vendor: expect.stringMatching(/siemens/i) },
      { ip_text: RANDOM.address, state: expect.any(String), vendor: 'locally administered' },
    ])
  }, 60_000)

  test('with nothing marked the same addresses are asked, so that the silence above is no accident', async () => {
    await sweepBoth()
    const before = readPackets()
    await detect(12 * 32)
    const after = readPackets()
    for (const address of ALL) {
      expect(after.get(address)! - before.get(address)!, address).toBeGreaterThan(16)
    }
  }, 60_000)

  async function sweepBoth(): Promise<void> {
    const context = makeContext(database.store, { launch: lab.launch })
    for (const cidr of ['10.1.0.0/28', '10.255.0.16/28']) {
      const { site, network } = await plantNetwork(database.store, cidr)
      siteId = site.id
      const errand = { site, network, slotAt: slotStart(new Date()), packetsPerSecond: 500 }
      expect((await sweepNetwork(context, errand)).parts).toMatchObject([{ state: 'counted' }])
    }
  }

  /** After they were swept: the marks and exclusions of the moment decide, not those of the sweep. */
  async function protect(): Promise<void> {
    const { store } = database
    const now = new Date()
    await addExclusion(store, siteId, { ...range(NEVER), reason: 'never-scan' }, '', now)
    await addExclusion(store, siteId, { ...range(DHCP), reason: 'dhcp' }, '', now)
    await markAddress(store, siteId, ip(FRAGILE))
    await markRange(store, { ...range('10.1.0.8/30'), siteId, notes: '' }, now)
    await markVendor(store, { vendor: 'SIEMENS', notes: '' }, now)
  }

  async function detect(perHour: number): Promise<string> {
    const { store } = database
    await setSetting(store, 'os.per_hour', String(perHour), new Date())
    const { signal } = new AbortController()
    const { launch } = lab
    const log = openLog('test', 'silent')
    const now = new Date()
    return detectOs({ store, log, nmapPath: NMAP, launch, engine: 'test', now, signal })
  }

  /** One counter for each address, of all IP packets and of what ARP asks, where they enter the hosts' side. */
  function countPacketsTo(addresses: readonly string[]): void {
    const rules = addresses.flatMap((address) => [
      `ip daddr ${address} counter name "${nameOf(address)}"`,
      `arp daddr ip ${address} counter name "${nameOf(address)}"`,
    ])
    const table = `table netdev watched {
      ${addresses.map((address) => `counter ${nameOf(address)} { }`).join('\n')}
      chain arriving {
        type filter hook ingress device "down0" priority -10; policy accept;
        ${rules.join('\n')}
      }
    }\n`
    run('ip', ['netns', 'exec', lab.hosts, 'nft', '-f', '-'], table)
  }

  function readPackets(): Map<string, number> {
    const command = ['nft', '-j', 'list', 'counters', 'table', 'netdev', 'watched']
    const listing = JSON.parse(run('ip', ['netns', 'exec', lab.hosts, ...command])) as {
      nftables: { counter?: { name: string; packets: number } }[]
    }
    const counters = listing.nftables.flatMap((item) => item.counter ?? [])
    const packets = new Map(counters.map((counter) => [counter.name, counter.packets]))
    return new Map(ALL.map((address) => [address, packets.get(nameOf(address))!]))
  }
})

function nameOf(address: string): string {
  return `to_${address.replaceAll('.', '_')}`
}
