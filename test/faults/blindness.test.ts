import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseDay } from '../../src/core/uptime/slot.js'
import { auditAll } from '../../src/store/audit.js'
import type { Network } from '../../src/store/networks.js'
import { type Lab, makeLab } from '../lab/lab.js'
import { isLabHere } from '../lab/lab-here.js'
import { type FakedTime, fakeTime, isFakedTimeHere } from '../support/faked-time.js'
import { giveHistory } from '../support/history.js'
import { readPages } from '../support/ledger.js'
import { type ScannerProcess, startScanner } from '../support/scanner-process.js'
import { plantNetwork } from '../support/scanning.js'

const HERE = 'test/faults/blindness.test.ts'
const START = new Date('2026-05-04T10:00:02Z')
const YESTERDAY = parseDay('2026-05-03')
const ZONE = 'Europe/Berlin'
const SLOT_SECONDS = 300
const DAY_SECONDS = 86_400

describe.skipIf(!isLabHere(HERE) || !isFakedTimeHere(HERE))('a scanner', () => {
  let lab: Lab
  let time: FakedTime
  let scanner: ScannerProcess | undefined

  beforeEach(async () => {
    lab = await makeLab({ answering: ['10.1.0.0/24', '10.2.0.0/24', '10.255.0.64/27'] })
    time = await fakeTime(START)
  })
  afterEach(async () => {
    scanner?.kill('SIGKILL')
    await scanner?.ended
    scanner = undefined
    await time.end()
    await lab.remove()
  })

  function start(): void {
    const { address, folder, environment } = time
    scanner = startScanner({ engine: 'one', address, folder, environment, around: lab.launch })
  }

  /** A network that answers; its first addresses were there all of yesterday. */
  async function plant(range: string, canaries = 20, packetsPerSecond = 500): Promise<Network> {
    const { site, network } = await plantNetwork(time.store, range, packetsPerSecond)
    const ips = Array.from({ length: canaries }, (_, i) => network.first + 1 + i)
    if (canaries > 0) await giveHistory(time.store, site, ips, YESTERDAY)
    return network
  }

  async function readSlots(network: Network): Promise<{ state: string; error: string | null }[]> {
    return time.store.query(
      'SELECT state, error FROM sweep WHERE network_id = ? ORDER BY slot_at',
      [network.id],
    )
  }

  /** The ends of a network's sweeps, oldest first, when there are that many. */
  async function slotsAre(network: Network, states: readonly string[]): Promise<void> {
    for (let tries = 0; tries < 500; tries++) {
      const found = await readSlots(network)
      if (found.length >= states.length && found.every((it) => it.state !== 'running')) break
      await pause(50)
    }
    expect((await readSlots(network)).map((it) => it.state)).toEqual(states)
  }

  async function events(): Promise<string[]> {
    const rows = await time.store.query<{ kind: string }>('SELECT kind FROM event ORDER BY id')
    return rows.map((row) => row.kind)
  }

  /** How often each address of a network answered, and was asked: `288/288`, and how many have that. */
  async function sumsOf(network: Network): Promise<Record<string, number>> {
    const rows = await time.store.query<{ sums: string; addresses: number }>(
      `SELECT CONCAT(active, '/', total) AS sums, COUNT(*) AS addresses FROM address_state
       WHERE ip BETWEEN ? AND ? GROUP BY sums`,
      [network.first, network.last],
    )
    return Object.fromEntries(rows.map((row) => [row.sums, row.addresses]))
  }

  async function agreesWithItsBits(): Promise<void> {
    for await (const audit of auditAll(time.store)) expect(audit.drifts).toEqual([])
  }

  test.each([
    ['interface', /no route to 10\.|the link up0 is down/],
    ['cable', /the link up0 is (down|lowerlayerdown)/],
    ['gateway', /and our gateway and the other networks are silent: this machine is cut off/],
  ] as const)(
    'whose %s is cut is blind, and counts nothing until it is mended',
    async (cut, reason) => {
      const networks = [await plant('10.1.0.0/26'), await plant('10.2.0.0/26')]
      start()
      for (const network of networks) await slotsAre(network, ['counted'])
      await lab.cutLink(cut)
      const before = await readPages(time.store, ZONE)
      time.advance(SLOT_SECONDS)
      for (const network of networks) {
        await slotsAre(network, ['counted', 'blind'])
        expect((await readSlots(network))[1]?.error).toMatch(reason)
      }
      expect(await readPages(time.store, ZONE)).toEqual(before)
      await lab.mendLink()
      time.advance(SLOT_SECONDS)
      for (const network of networks) {
        await slotsAre(network, ['counted', 'blind', 'counted'])
        expect(await sumsOf(network)).toEqual({ '290/290': 20, '2/2': 42 })
      }
      expect(await events()).toEqual([])
      await agreesWithItsBits()
    },
  )

  test('holds a network that went dark back, then believes it, and sees it come back', async () => {
    const gone = await plant('10.1.0.0/26')
    const other = await plant('10.2.0.0/26')
    start()
    await slotsAre(gone, ['counted'])
    await lab.silence('10.1.0.0/24')
    time.advance(SLOT_SECONDS)
    await slotsAre(gone, ['counted', 'dark'])
    time.advance(SLOT_SECONDS)
    await slotsAre(gone, ['counted', 'dark', 'dark'])
    expect((await readSlots(gone))[2]?.error).toMatch(/silent since 2026-05-04T10:05:00/)
    expect(await sumsOf(gone)).toEqual({ '289/289': 20, '1/1': 42 })
    expect(await events()).toEqual(['network-dark'])
    time.advance(DAY_SECONDS)
    const believed = ['counted', 'dark', 'dark', 'counted']
    await slotsAre(gone, believed)
    expect(await sumsOf(gone)).toEqual({ '289/290': 20, '1/2': 42 })
    expect(await events()).toEqual(['network-dark', 'network-believed-dark'])
    // So many that none of its addresses is there in 99 % of its askings any more.
    for (let slot = 0; slot < 3; slot++) {
      time.advance(SLOT_SECONDS)
      believed.push('counted')
      await slotsAre(gone, believed)
    }
    expect(await sumsOf(gone)).toEqual({ '289/293': 20, '1/5': 42 })
    expect(await events()).toEqual(['network-dark', 'network-believed-dark'])
    await lab.answer('10.1.0.0/24')
    time.advance(SLOT_SECONDS)
    await slotsAre(gone, [...believed, 'counted'])
    expect(await events()).toEqual(['network-dark', 'network-believed-dark', 'network-back'])
    expect(await sumsOf(gone)).toEqual({ '290/294': 20, '2/6': 42 })
    await slotsAre(other, Array(believed.length + 1).fill('counted'))
    await agreesWithItsBits()
  }, 120_000)

  describe('counts no false silence where, in the middle of a sweep,', () => {
    const SLOWLY = 40
    const ADDRESSES = 126

    test.each([
      ['the network goes dark', 20, () => lab.silence('10.1.0.0/24'), 'dark'],
      ['the gateway dies', 20, () => lab.cutLink('gateway'), 'blind'],
      ['the gateway dies, and the network is new', 0, () => lab.cutLink('gateway'), 'blind'],
      ['the cable is cut', 0, () => lab.cutLink('cable'), 'blind'],
      ['the interface goes down', 0, () => lab.cutLink('interface'), 'blind'],
    ] as const)('%s', async (_, canaries, happens, state) => {
      const network = await plant('10.1.0.0/25', canaries, SLOWLY)
      start()
      await slotsAre(network, ['counted'])
      const before = await readPages(time.store, ZONE)
      const { requests } = await lab.wire()
      time.advance(SLOT_SECONDS)
      while ((await lab.wire()).requests < requests + ADDRESSES * 0.8) await pause(20)
      expect((await readSlots(network))[1]?.state).toBe('running')
      await happens()
      await slotsAre(network, ['counted', state])
      expect(await readPages(time.store, ZONE)).toEqual(before)
    })
  })

  test('does not take its own address for a canary', async () => {
    const { site, network } = await plantNetwork(time.store, '10.255.0.0/25')
    const hosts = Array.from({ length: 20 }, (_, i) => 0x0aff0040 + i)
    await giveHistory(time.store, site, [0x0aff0002, ...hosts], YESTERDAY)
    await plant('10.2.0.0/26')
    start()
    await slotsAre(network, ['counted'])
    expect(await sumsOf(network)).toEqual({ '289/289': 21, '1/1': 13 })
    await lab.silence('10.255.0.64/27')
    time.advance(SLOT_SECONDS)
    await slotsAre(network, ['counted', 'dark'])
    expect(await sumsOf(network)).toEqual({ '289/289': 21, '1/1': 13 })
  })

  test.each([
    [
      'a site that another engine sweeps',
      "UPDATE site SET engine = 'elsewhere' WHERE name = 'far'",
    ],
    [
      'a network that is dark by itself',
      'INSERT INTO darkness (network_id, part, since) SELECT MAX(id), 0, UTC_TIMESTAMP() FROM network',
    ],
  ])('does not read its own outage from the silence of %s', async (_, statement) => {
    const near = await plant('10.255.0.64/27')
    const far = await plant('10.2.0.0/26')
    await time.store.run(
      "INSERT INTO site (name, time_zone, created_at) VALUES ('far', 'UTC', UTC_TIMESTAMP())",
    )
    await time.store.run(statement)
    for (const table of ['network', 'address', 'address_state', 'counter']) {
      await time.store.run(
        `UPDATE ${table} SET site_id = (SELECT id FROM site WHERE engine IS NOT NULL)
         WHERE EXISTS (SELECT 1 FROM site WHERE engine IS NOT NULL) AND ${table === 'network' ? 'first' : 'ip'} BETWEEN ? AND ?`,
        [far.first, far.last],
      )
    }
    await lab.silence('10.2.0.0/24')
    start()
    await slotsAre(near, ['counted'])
    await lab.silence('10.255.0.64/27')
    time.advance(SLOT_SECONDS)
    await slotsAre(near, ['counted', 'dark'])
  })

  test('always sees loopback, whatever is cut', async () => {
    const network = await plant('127.0.0.0/28', 14)
    await plant('10.1.0.0/26')
    await lab.cutLink()
    start()
    await slotsAre(network, ['counted'])
    expect(await sumsOf(network)).toEqual({ '289/289': 14 })
  })
})
