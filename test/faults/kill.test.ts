import { randomInt } from 'node:crypto'
import { symlinkSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refresh } from '../../cron/refresh.js'
import { openLog } from '../../src/log.js'
import { auditAll } from '../../src/store/audit.js'
import type { Network } from '../../src/store/networks.js'
import { type Lab, makeLab } from '../lab/lab.js'
import { isLabHere } from '../lab/lab-here.js'
import { type FakedTime, fakeTime, isFakedTimeHere } from '../support/faked-time.js'
import { Ledger, readOpenBits, readPages } from '../support/ledger.js'
import { mentioning } from '../support/running.js'
import { type ScannerProcess, startScanner } from '../support/scanner-process.js'
import { plantNetwork } from '../support/scanning.js'

const HERE = 'test/faults/kill.test.ts'
/** A /22 in nineteen networks, several of them in one block, and as many scanners that share them by claims. */
const RANGES = [
  ...Array.from({ length: 13 }, (_, i) => `10.1.${i >> 2}.${(i & 3) * 64}/26`),
  ...Array.from({ length: 6 }, (_, i) => `10.1.3.${64 + i * 32}/27`),
]
/** Of the first of them nobody ever goes: their sweeps are short, and are killed while they are counted. */
const STEADY = 6
/** So many packets per second that a scanner has one network in hand at a time. */
const RATE = 100
/** Of the small ones: so few that their nmap, left to itself, would outlive its scanner for seconds. */
const SLOW_RATE = 8
const KILLS = process.env.IPSPACE_FAULTS === 'long' ? 500 : 100
/** From a boundary: a tick, the first asking, three more of who was there, and the counting. */
const WHOLE_SWEEP_MS = 10_500
const NMAP_GONE_MS = 2_000
const ZONE = 'Europe/Berlin'
const FIRST_SLOT = Date.parse('2026-05-04T10:00:00Z')
const slotOf = (round: number) => new Date(FIRST_SLOT + round * 300_000)
/** Berlin's clock in May, without asking anybody for it. */
const wallSlot = (slotAt: Date) => (slotAt.getUTCHours() + 2) * 12 + slotAt.getUTCMinutes() / 5

const seed = Number(process.env.IPSPACE_FAULTS_SEED ?? randomInt(2 ** 31))
const random = randomFrom(seed)

/** One engine's name, and whichever process has it. */
interface Lane {
  readonly engine: string
  readonly nmapPath: string
  scanner: ScannerProcess
  /** After the latest kill, when a successor is at work. */
  replaced: Promise<unknown>
}

describe.skipIf(!isLabHere(HERE) || !isFakedTimeHere(HERE))('kill -9 of a scanner', () => {
  let lab: Lab
  let time: FakedTime
  const networks: Network[] = []
  const lanes: Lane[] = []
  const ledger = new Ledger(wallSlot)

  beforeAll(async () => {
    lab = await makeLab()
    time = await fakeTime(new Date(FIRST_SLOT - 60_000))
    for (const range of RANGES) {
      const rate = range.endsWith('/27') ? SLOW_RATE : RATE
      networks.push((await plantNetwork(time.store, range, rate)).network)
    }
    await time.store.run(
      "INSERT INTO setting (name, value, changed_at) VALUES ('scan.packets_per_second', ?, UTC_TIMESTAMP())",
      [String(RATE)],
    )
    for (const index of RANGES.keys()) lanes.push(openLane(`lane-${index}`))
    await settle(-1)
  }, 120_000)
  afterAll(async () => {
    await Promise.all(lanes.map((lane) => lane.scanner.stop()))
    await time.end()
    await lab.remove()
  })

  test(`${KILLS} times leaves each slot counted whole or not at all`, async () => {
    console.info(`IPSPACE_FAULTS_SEED=${seed}`)
    const states: string[] = []
    for (let round = 0; states.length < KILLS; round++) {
      await setAnswers(round)
      time.set(new Date(slotOf(round).getTime() + 1_000))
      const held = networks.slice(0, STEADY).filter((_, index) => (index + round) % 2 === 1)
      const kills = [
        ...held.map((network) => killCounting(network, round)),
        ...lanes.map((lane) => killAtRandom(lane, round, held)),
      ]
      states.push(...(await Promise.all(kills)).flatMap((state) => state ?? []))
      states.push(...(await killLatecomers(round)))
      await settle(round)
    }
    console.info(`${states.length} kills; sweeps were: ${tally(states)}`)
    expect(await readOpenBits(time.store)).toEqual({ asked: ledger.asked, seen: ledger.seen })
    expect(await readPages(time.store, ZONE)).toEqual(ledger.allPages())
    await fold()
    expect(await readPages(time.store, ZONE)).toEqual(ledger.allPages())
  }, 900_000)

  function openLane(engine: string): Lane {
    const nmapPath = path.join(time.folder, `nmap-of-${engine}-`)
    symlinkSync('/usr/bin/nmap', nmapPath)
    return { engine, nmapPath, scanner: start(engine, nmapPath), replaced: Promise.resolve() }
  }

  function start(engine: string, nmapPath: string): ScannerProcess {
    const { address, folder, environment } = time
    return startScanner({ engine, nmapPath, address, folder, environment, around: lab.launch })
  }

  /** Not whoever holds one of the networks that `killCounting` waits for. */
  async function killAtRandom(
    lane: Lane,
    round: number,
    held: readonly Network[],
  ): Promise<string | undefined> {
    await pause(random() * WHOLE_SWEEP_MS)
    const isHeld = (await readSlot(round)).some(
      (row) =>
        row.engine === lane.engine &&
        row.state === 'running' &&
        held.some((network) => network.first === row.first),
    )
    return isHeld ? undefined : kill(lane, round)
  }

  /**
   * Keeps a row that the counting of a network must raise, and kills whoever waits for it in the middle of the
   * transaction; the successor comes while the server has not undone that yet.
   */
  async function killCounting(network: Network, round: number): Promise<string | undefined> {
    const ip = await findKnown(network)
    if (ip === undefined) return undefined
    return time.store.transaction(async (tx) => {
      await tx.query('SELECT ip FROM address_state WHERE site_id = 1 AND ip = ? FOR UPDATE', [ip])
      const giveUpAt = performance.now() + WHOLE_SWEEP_MS
      const engine = await waitFor(async () =>
        performance.now() > giveUpAt ? 'nobody' : findWhoWaits(network, round, ip),
      )
      const lane = lanes.find((it) => it.engine === engine)
      return lane && `${await kill(lane, round)} in its transaction`
    })
  }

  /** Those that began late, where a scanner had died before its claim, are killed at one instant. */
  async function killLatecomers(round: number): Promise<string[]> {
    const rows = await readSlot(round)
    const late = lanes.filter((lane) =>
      rows.some((row) => row.engine === lane.engine && row.state === 'running'),
    )
    return Promise.all(late.map((lane) => kill(lane, round)))
  }

  /** What the scanner's sweep came to by then; checks what must be so after any kill. One after the other. */
  function kill(lane: Lane, round: number): Promise<string> {
    const killed = lane.replaced.then(() => replace(lane, round))
    lane.replaced = killed
    return killed
  }

  async function replace(lane: Lane, round: number): Promise<string> {
    const state = await readState(lane, round)
    lane.scanner.kill('SIGKILL')
    const killedAt = performance.now()
    await lane.scanner.ended
    while (mentioning(lane.nmapPath).length > 0) {
      expect(performance.now() - killedAt).toBeLessThan(NMAP_GONE_MS)
      await pause(20)
    }
    lane.scanner = start(lane.engine, lane.nmapPath)
    await lane.scanner.ready
    return state
  }

  /** Waits until whatever was claimed of a slot has come to its end, and enters what was counted. */
  async function settle(round: number): Promise<void> {
    await Promise.all(lanes.map((lane) => lane.scanner.ready))
    const rows = await waitFor(async () => {
      const rows = await readSlot(round)
      return rows.some((row) => row.state === 'running') ? undefined : rows
    })
    for (const lane of lanes) expect(await countOrphans(lane)).toBe(0)
    for (const row of rows.filter((it) => it.state !== 'counted')) {
      expect(row).toMatchObject({
        state: 'failed',
        error: 'its scanner ended before it could be counted',
      })
    }
    for (const row of rows.filter((it) => it.state === 'counted')) {
      const asked = addressesOf(row)
      ledger.enter(slotOf(round), asked, (ip) => answers(ip, round))
      expect(row.alive).toBe(asked.filter((ip) => answers(ip, round)).length)
    }
  }

  function readSlot(round: number) {
    return time.store.query<{
      engine: string
      state: string
      error: string | null
      alive: number
      first: number
      last: number
    }>('SELECT engine, state, error, alive, first, last FROM sweep WHERE slot_at = ?', [
      slotOf(round),
    ])
  }

  async function readState(lane: Lane, round: number): Promise<string> {
    const rows = await time.store.query<{ state: string }>(
      "SELECT state FROM sweep WHERE engine = ? AND slot_at = ? ORDER BY state = 'running'",
      [lane.engine, slotOf(round)],
    )
    return rows.at(-1)?.state ?? 'not begun'
  }

  async function findKnown(network: Network): Promise<number | undefined> {
    const [row] = await time.store.query<{ ip: number }>(
      'SELECT ip FROM address_state WHERE ip BETWEEN ? AND ? LIMIT 1',
      [network.first, network.last],
    )
    return row?.ip
  }

  /** The engine that sweeps a network, where a transaction waits for the row of one of its addresses. */
  async function findWhoWaits(
    network: Network,
    round: number,
    ip: number,
  ): Promise<string | undefined> {
    const waited = await readWaitedFor()
    if (!waited.has(`1, ${ip}`)) return undefined
    const [row] = await time.store.query<{ engine: string }>(
      "SELECT engine FROM sweep WHERE network_id = ? AND slot_at = ? AND state = 'running'",
      [network.id, slotOf(round)],
    )
    return row?.engine
  }

  let waitedFor = { at: 0, keys: Promise.resolve(new Set<string>()) }

  /** Keys of the addresses' rows that transactions wait for; the server looks again only if nobody asks for 100 ms. */
  function readWaitedFor(): Promise<ReadonlySet<string>> {
    if (performance.now() - waitedFor.at > 150) {
      const keys = time.store
        .query<{ key: string }>(
          `SELECT l.lock_data AS \`key\` FROM information_schema.INNODB_LOCK_WAITS w
           JOIN information_schema.INNODB_LOCKS l ON l.lock_id = w.requested_lock_id
           WHERE l.lock_table LIKE '%address_state%'`,
        )
        .then((rows) => new Set(rows.map((row) => row.key)))
      waitedFor = { at: performance.now(), keys }
    }
    return waitedFor.keys
  }

  /** Sweeps that run in the name of a scanner that is dead. */
  async function countOrphans(lane: Lane): Promise<number> {
    const [row] = await time.store.query<{ orphans: number }>(
      `SELECT COUNT(*) AS orphans FROM sweep w JOIN engine e ON e.name = w.engine
       WHERE w.engine = ? AND w.state = 'running' AND w.token <> e.token`,
      [lane.engine],
    )
    return row!.orphans
  }

  async function setAnswers(round: number): Promise<void> {
    const there: string[] = []
    const gone: string[] = []
    for (let cell = 0; cell < 256; cell++) {
      const cidr = `10.1.${cell >> 6}.${(cell & 63) * 4}/30`
      if (answers(0x0a010000 + cell * 4, round)) there.push(cidr)
      else gone.push(cidr)
    }
    await lab.answer(...there)
    await lab.silence(...gone)
  }

  async function fold(): Promise<void> {
    const log = openLog('test', 'silent')
    const now = new Date(FIRST_SLOT + 2 * 86_400_000)
    const told = await refresh({
      store: time.store,
      log,
      now,
      signal: new AbortController().signal,
    })
    expect(told).toMatch(/^4 block days folded, [0-9]+ counters raised, 0 drifts$/)
    for await (const audit of auditAll(time.store)) expect(audit.drifts).toEqual([])
  }
})

/** Who answers in a round: by fours, about three quarters; but for the steady, each comes and goes in its own time. */
function answers(ip: number, round: number): boolean {
  const cell = (ip - 0x0a010000) >> 2
  if (cell < STEADY * 16) return round >= cell % 5
  return round >= 0 && (cell * 7 + Math.floor((round + cell) / 2) * 5) % 11 < 8
}

/** Without network and broadcast address. */
function addressesOf({ first, last }: { first: number; last: number }): number[] {
  return Array.from({ length: last - first - 1 }, (_, i) => first + 1 + i)
}

async function waitFor<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const giveUpAt = performance.now() + 60_000; ; await pause(50)) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > giveUpAt) throw new Error('what the test waits for did not come')
  }
}

function tally(words: readonly string[]): string {
  const kinds = [...new Set(words)].sort()
  return kinds.map((kind) => `${words.filter((word) => word === kind).length} ${kind}`).join(', ')
}

/** Random numbers from 0 to 1 that a seed repeats (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
