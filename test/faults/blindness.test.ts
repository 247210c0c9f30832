import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseDay } from '../../src/core/uptime/slot.js'
import { isLabHere } from '../lab/lab-here.js'
import { isFakedTimeHere } from '../support/faked-time.js'
import { giveHistory } from '../support/history.js'
import { readPages } from '../support/ledger.js'
import {
  DAY_SECONDS,
  makeScannedLab,
  type ScannedLab,
  SLOT_SECONDS,
} from '../support/scanned-lab.js'
import { plantNetwork } from '../support/scanning.js'

const HERE = 'test/faults/blindness.test.ts'
const START = new Date('2026-05-04T10:00:02Z')
const ZONE = 'Europe/Berlin'
const ANSWERING = ['10.1.0.0/24', '10.2.0.0/24', '10.255.0.64/27']

describe.skipIf(!isLabHere(HERE) || !isFakedTimeHere(HERE))('a scanner', () => {
  let field: ScannedLab
  beforeEach(async () => {
    field = await makeScannedLab({ answering: ANSWERING }, START)
  })
  afterEach(() => field.end())

  test.each([
    ['interface', /no route to 10\.|the link up0 is down/],
    ['cable', /the link up0 is (down|lowerlayerdown)/],
    ['gateway', /and our gateway and the other networks are silent: this machine is cut off/],
  ] as const)(
    'whose %s is cut is blind, and counts nothing until it is mended',
    async (cut, reason) => {
      const networks = [
        await field.plant('10.1.0.0/26', { canaries: 20 }),
        await field.plant('10.2.0.0/26', { canaries: 20 }),
      ]
      await field.start()
      for (const network of networks) expect(await field.statesOf(network, 1)).toEqual(['counted'])
      await field.lab.cutLink(cut)
      const before = await readPages(field.time.store, ZONE)
      field.time.advance(SLOT_SECONDS)
      for (const network of networks) {
        expect(await field.statesOf(network, 2)).toEqual(['counted', 'blind'])
        expect((await field.readSweeps(network))[1]?.error).toMatch(reason)
      }
      expect(await readPages(field.time.store, ZONE)).toEqual(before)
      await field.lab.mendLink()
      field.time.advance(SLOT_SECONDS)
      for (const network of networks) {
        expect(await field.statesOf(network, 3)).toEqual(['counted', 'blind', 'counted'])
        expect(await field.sumsOf(network)).toEqual({ '290/290': 20, '2/2': 42 })
      }
      expect(await field.events()).toEqual([])
      expect(await field.drifts()).toEqual([])
    },
  )

  test('holds a network that went dark back, then believes it, and sees it come back', async () => {
    const gone = await field.plant('10.1.0.0/26', { canaries: 20 })
    const other = await field.plant('10.2.0.0/26', { canaries: 20 })
    const states = ['counted']
    const next = async (state: string, seconds = SLOT_SECONDS) => {
      field.time.advance(seconds)
      states.push(state)
      expect(await field.statesOf(gone, states.length)).toEqual(states)
    }
    await field.start()
    expect(await field.statesOf(gone, 1)).toEqual(states)
    await field.lab.silence('10.1.0.0/24')
    await next('dark')
    await next('dark')
    expect((await field.readSweeps(gone))[2]?.error).toMatch(/silent since 2026-05-04T10:05:00/)
    expect(await field.sumsOf(gone)).toEqual({ '289/289': 20, '1/1': 42 })
    expect(await field.events()).toEqual(['network-dark'])
    await next('counted', DAY_SECONDS)
    expect(await field.sumsOf(gone)).toEqual({ '289/290': 20, '1/2': 42 })
    // After three, none of its addresses is there in 99 % of its askings any more.
    for (let slot = 0; slot < 3; slot++) await next('counted')
    expect(await field.sumsOf(gone)).toEqual({ '289/293': 20, '1/5': 42 })
    expect(await field.events()).toEqual(['network-dark', 'network-believed-dark'])
    await field.lab.answer('10.1.0.0/24')
    await next('counted')
    expect(await field.sumsOf(gone)).toEqual({ '290/294': 20, '2/6': 42 })
    expect(await field.events()).toEqual(['network-dark', 'network-believed-dark', 'network-back'])
    expect(new Set(await field.statesOf(other, states.length))).toEqual(new Set(['counted']))
    expect(await field.drifts()).toEqual([])
  }, 120_000)

  test('does not take its own address for a canary', async () => {
    const { site, network } = await plantNetwork(field.time.store, '10.255.0.0/25')
    const hosts = Array.from({ length: 20 }, (_, i) => 0x0aff0040 + i)
    await giveHistory(field.time.store, site, [0x0aff0002, ...hosts], parseDay('2026-05-03'))
    await field.plant('10.2.0.0/26', { canaries: 20 })
    await field.start()
    expect(await field.statesOf(network, 1)).toEqual(['counted'])
    await field.lab.silence('10.255.0.64/27')
    field.time.advance(SLOT_SECONDS)
    expect(await field.statesOf(network, 2)).toEqual(['counted', 'dark'])
    expect(await field.sumsOf(network)).toEqual({ '289/289': 21, '1/1': 13 })
  })

  test.each([
    ['a site that another engine sweeps', giveToOtherEngine],
    ['a network that is dark by itself', makeDark],
  ] as const)('does not read its own outage from the silence of %s', async (_, change) => {
    const near = await field.plant('10.255.0.64/27', { canaries: 20 })
    const far = await field.plant('10.2.0.0/26', { canaries: 20 })
    await change(field, far.id)
    await field.lab.silence('10.2.0.0/24')
    await field.start()
    expect(await field.statesOf(near, 1)).toEqual(['counted'])
    await field.lab.silence('10.255.0.64/27')
    field.time.advance(SLOT_SECONDS)
    expect(await field.statesOf(near, 2)).toEqual(['counted', 'dark'])
  })

  test('always sees loopback, whatever is cut', async () => {
    const network = await field.plant('127.0.0.0/28', { canaries: 14 })
    await field.plant('10.1.0.0/26', { canaries: 20 })
    await field.lab.cutLink()
    await field.start()
    expect(await field.statesOf(network, 1)).toEqual(['counted'])
    expect(await field.sumsOf(network)).toEqual({ '289/289': 14 })
  })
})

/** The network and its history belong to another site from now on, swept from elsewhere. */
async function giveToOtherEngine(
  { time: { store } }: ScannedLab,
  networkId: number,
): Promise<void> {
  const { insertId } = await store.run(
    `INSERT INTO site (name, time_zone, engine, created_at)
     VALUES ('far', 'Europe/Berlin', 'elsewhere', UTC_TIMESTAMP())`,
  )
  await store.run('UPDATE network SET site_id = ? WHERE id = ?', [insertId, networkId])
  for (const table of ['address', 'address_state', 'counter']) {
    await store.run(
      `UPDATE ${table} JOIN network n ON ${table}.ip BETWEEN n.first AND n.last
       SET ${table}.site_id = ? WHERE n.id = ?`,
      [insertId, networkId],
    )
  }
}

async function makeDark({ time: { store } }: ScannedLab, networkId: number): Promise<void> {
  await store.run('INSERT INTO darkness (network_id, part, since) VALUES (?, 0, UTC_TIMESTAMP())', [
    networkId,
  ])
}
