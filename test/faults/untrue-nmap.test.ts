import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PartToSweep } from '../../cron/context.js'
import { sweepNetwork } from '../../cron/sweep.js'
import { sweepPart } from '../../cron/sweep-part.js'
import { slotStart } from '../../src/core/scan/schedule.js'
import type { Network } from '../../src/store/networks.js'
import type { Site } from '../../src/store/sites.js'
import { claimSweep, readSweepsAt } from '../../src/store/sweeps.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { makeFakeNmap } from '../support/make-fake-nmap.js'
import { running } from '../support/running.js'
import { makeContext, plantNetwork } from '../support/scanning.js'

let database: TestDatabase
let folder: string
let site: Site
let network: Network
let slots = 0

beforeAll(async () => {
  database = await makeDatabase()
  folder = mkdtempSync(path.join(tmpdir(), 'ipspace-untrue-'))
  ;({ site, network } = await plantNetwork(database.store, '127.0.0.0/28'))
  const honest = await sweep(makeFakeNmap(folder, 'honest'))
  expect(honest).toMatchObject({ asked: 14, alive: 14, parts: [{ state: 'counted' }] })
})
afterAll(async () => {
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

/** A sweep of a slot of its own, by whatever stands in for nmap. */
function sweep(nmapPath: string) {
  const slotAt = nextSlot()
  const context = makeContext(database.store, { nmapPath })
  return sweepNetwork(context, { site, network, slotAt, packetsPerSecond: 2_000 })
}

function nextSlot(): Date {
  return new Date(slotStart(new Date()).getTime() + 300_000 * slots++)
}

/** A checksum of every table but that of the sweeps. */
async function checksums(): Promise<object[]> {
  const tables = await database.store.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = DATABASE() AND table_name <> 'sweep' ORDER BY table_name`,
  )
  return database.store.query(`CHECKSUM TABLE ${tables.map((it) => it.name).join(', ')}`)
}

test.each([
  ['interrupted', 'failed', /ended by SIGTERM/],
  ['exit-code', 'failed', /exit code 1/],
  ['exit-error', 'failed', /its end as "error"/],
  ['truncated', 'failed', /cut off/],
  ['without-totals', 'failed', /no totals/],
  ['empty', 'failed', /cut off/],
  ['sendto', 'blind', /could not send/],
  ['no-route', 'blind', /failed to determine route/],
  ['total-zero', 'blind', /no address at all/],
  ['wrong-total', 'failed', /reports on 13 addresses, but 14 were asked/],
  ['lost-host', 'failed', /counts 14 addresses that answer, but names 13/],
  ['stranger', 'failed', /203\.0\.113\.9, which was not asked/],
  ['tcp', 'failed', /asked by TCP/],
  ['complaining', 'failed', /complains: Couldn't open a raw socket/],
  ['flood', 'failed', /floods its standard error/],
  ['garbage', 'failed', /XML is broken/],
  ['endless', 'failed', /does not end/],
  ['deaf', 'blind', /no address at all/],
] as const)(
  'an nmap that is %s makes the sweep %s and changes nothing else',
  async (mode, state, reason) => {
    const before = await checksums()
    const result = await sweep(makeFakeNmap(folder, mode))
    expect(result.parts).toMatchObject([{ state, reason: expect.stringMatching(reason) }])
    expect(await readSweepsAt(database.store, network.id, result.slotAt)).toMatchObject([
      { state, error: expect.stringMatching(reason), asked: 0, alive: 0, new: 0 },
    ])
    expect(await checksums()).toEqual(before)
  },
)

test('an nmap that is gone makes the sweep failed and changes nothing else', async () => {
  const before = await checksums()
  const result = await sweep(path.join(folder, 'nowhere'))
  expect(result.parts).toMatchObject([
    { state: 'failed', reason: expect.stringMatching(/nowhere/) },
  ])
  expect(await checksums()).toEqual(before)
})

test('an nmap that hangs is ended at the deadline; the sweep is failed and nothing else changes', async () => {
  const before = await checksums()
  const nmapPath = makeFakeNmap(folder, 'hang')
  const context = makeContext(database.store, { nmapPath })
  const { first, last } = network
  // Fifteen seconds of it are kept for the counting.
  const deadline = new Date(Date.now() + 16_000)
  const part: PartToSweep = {
    ...{ site, network, exclusions: [], part: 0, range: { first, last } },
    ...{ slotAt: nextSlot(), deadline, packetsPerSecond: 2_000 },
  }
  const { engine, token } = context
  const ids = { siteId: site.id, networkId: network.id }
  const claim = await claimSweep(database.store, { ...part, ...ids, engine, token })
  expect(await sweepPart(context, part, claim)).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(/did not end by/),
  })
  expect(running(`${process.execPath} ${nmapPath}`)).toEqual([])
  expect(await readSweepsAt(database.store, network.id, part.slotAt)).toMatchObject([
    { state: 'failed', error: expect.stringMatching(/did not end by/) },
  ])
  expect(await checksums()).toEqual(before)
})

test.each([
  ['exit-code', 'failed', /exit code 1/],
  ['truncated', 'failed', /cut off/],
  ['sendto', 'blind', /could not send/],
  ['total-zero', 'blind', /no address at all/],
] as const)(
  'an nmap that is %s only when the silent are asked again spoils the whole sweep',
  async (mode, state, reason) => {
    const before = await checksums()
    const result = await sweep(makeTurning(mode))
    expect(result.parts).toMatchObject([{ state, reason: expect.stringMatching(reason) }])
    expect(await checksums()).toEqual(before)
  },
)

test('who is silent at first and answers when asked again is counted as there', async () => {
  const result = await sweep(makeTurning('honest'))
  expect(result).toMatchObject({ asked: 14, alive: 14, new: 0, parts: [{ state: 'counted' }] })
})

/** An nmap that finds one address silent in its first run, and turns into another mode then. */
function makeTurning(mode: string): string {
  const [first, later] = ['one-silent', mode].map((it) => makeFakeNmap(folder, it))
  const file = path.join(folder, `turning-${mode}`)
  const script = `#!/bin/sh\nmkdir "$0.ran" 2>/dev/null && exec ${first} "$@"\nexec ${later} "$@"\n`
  writeFileSync(file, script)
  chmodSync(file, 0o755)
  return file
}
