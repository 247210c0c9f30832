import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isLabHere } from '../lab/lab-here.js'
import { isFakedTimeHere } from '../support/faked-time.js'
import { readPages } from '../support/ledger.js'
import { makeScannedLab, type ScannedLab, SLOT_SECONDS } from '../support/scanned-lab.js'

const HERE = 'test/faults/outage.test.ts'
const START = new Date('2026-05-04T10:00:02Z')
const ZONE = 'Europe/Berlin'
const ADDRESSES = 126
/** So few packets per second that there is a middle. */
const SLOWLY = 60

describe.skipIf(!isLabHere(HERE) || !isFakedTimeHere(HERE))('in the middle of a sweep', () => {
  let field: ScannedLab
  beforeEach(async () => {
    field = await makeScannedLab({ answering: ['10.1.0.0/24'] }, START)
  })
  afterEach(() => field.end())

  test.each([
    ['the network goes dark', 20, () => field.lab.silence('10.1.0.0/24'), 'dark'],
    ['the gateway dies', 20, () => field.lab.cutLink('gateway'), 'blind'],
    ['the gateway dies, and the network is new', 0, () => field.lab.cutLink('gateway'), 'blind'],
    ['the cable is cut', 0, () => field.lab.cutLink('cable'), 'blind'],
    ['the interface goes down', 0, () => field.lab.cutLink('interface'), 'blind'],
  ] as const)('%s, and nobody is counted silent', async (_, canaries, happens, state) => {
    const network = await field.plant('10.1.0.0/25', { canaries, packetsPerSecond: SLOWLY })
    await field.start()
    expect(await field.statesOf(network, 1)).toEqual(['counted'])
    const before = await readPages(field.time.store, ZONE)
    const { requests } = await field.lab.wire()
    field.time.advance(SLOT_SECONDS)
    while ((await field.lab.wire()).requests < requests + canaries + ADDRESSES * 0.6)
      await pause(10)
    await happens()
    expect(await field.statesOf(network, 2)).toEqual(['counted', state])
    expect(await readPages(field.time.store, ZONE)).toEqual(before)
    expect(Object.keys(before)).toHaveLength(ADDRESSES)
  })
})
