import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readEngine } from '../../src/store/engines.js'
import { type FakedTime, fakeTime, isFakedTimeHere } from '../support/faked-time.js'
import { isRoot } from '../support/routed-pair.js'
import { type ScannerProcess, startScanner } from '../support/scanner-process.js'
import { plantNetwork } from '../support/scanning.js'

const HERE = 'test/faults/no-rights.test.ts'
const START = new Date('2026-05-04T10:00:02Z')
const NO_RIGHTS = ['--inh-caps', '--ambient-caps', '--bounding-set'].map((set) => `${set}=-all`)
const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...NO_RIGHTS]

describe.skipIf(!isFakedTimeHere(HERE))('without the right to send raw packets', () => {
  let time: FakedTime
  let scanner: ScannerProcess | undefined

  beforeEach(async () => {
    time = await fakeTime(START)
    // The ordinary user must reach the socket.
    for (const folder of ['', 'data', 'data/db']) chmodSync(path.join(time.folder, folder), 0o711)
  })
  afterEach(async () => {
    scanner?.kill('SIGKILL')
    await scanner?.ended
    await time.end()
  })

  test.each([
    ['an ordinary user', isRoot ? AS_NOBODY : []],
    ['root in a container that has taken its rights', isRoot ? ['setpriv', ...NO_RIGHTS] : []],
  ])(
    'a scanner of %s says so and counts nothing, though loopback would answer by TCP',
    async (_, around) => {
      if (!canRead(around)) return
      const { network } = await plantNetwork(time.store, '127.0.0.0/28')
      const { address, folder, environment } = time
      scanner = startScanner({ engine: 'one', address, folder, environment, around })
      await scanner.ready
      const sweeps = await waitForSweeps(['missed'])
      time.advance(300)
      expect(await waitForSweeps(['missed', 'missed'])).toHaveLength(2)
      const reason =
        /nmap (has no right to|cannot) send (raw packets \(CAP_NET_RAW\)|a raw packet).*start ipspace as root/
      expect(sweeps[0]?.error).toMatch(reason)
      expect((await readEngine(time.store, 'one'))?.problem).toMatch(reason)
      expect(scanner.said()).toMatch(reason)
      for (const table of ['address', 'address_state', 'presence_slot', 'counter']) {
        expect(await time.store.query(`SELECT * FROM ${table}`)).toEqual([])
      }
      expect(network.enabled).toBe(true)
    },
  )

  async function waitForSweeps(states: readonly string[]) {
    const read = () =>
      time.store.query<{ state: string; error: string }>(
        'SELECT state, error FROM sweep ORDER BY id',
      )
    for (let tries = 0; tries < 200 && (await read()).length < states.length; tries++) {
      await pause(100)
    }
    const sweeps = await read()
    expect(sweeps.map((sweep) => sweep.state)).toEqual(states)
    return sweeps
  }
})

/** A checkout in a folder that is closed to others shows nothing to an ordinary user. */
function canRead(around: readonly string[]): boolean {
  const words = [
    ...around,
    process.execPath,
    '-e',
    `require('fs').accessSync('${import.meta.filename}')`,
  ]
  if (spawnSync(words[0]!, words.slice(1)).status === 0) return true
  const reason = 'an ordinary user cannot read this checkout'
  if (process.env.CI) throw new Error(`${HERE} cannot run: ${reason}`)
  process.stderr.write(`SKIPPED: ${HERE}: ${reason}\n`)
  return false
}
