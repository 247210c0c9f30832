import { setTimeout as pause } from 'node:timers/promises'
import { type Day, dayOf, SLOTS_PER_DAY } from '../../src/core/uptime/slot.js'
import { auditAll } from '../../src/store/audit.js'
import type { Network } from '../../src/store/networks.js'
import { type Lab, type LabOptions, makeLab } from '../lab/lab.js'
import { type FakedTime, fakeTime } from './faked-time.js'
import { giveHistory } from './history.js'
import { type ScannerProcess, startScanner } from './scanner-process.js'
import { plantNetwork } from './scanning.js'

export const SLOT_SECONDS = 300
export const DAY_SECONDS = SLOTS_PER_DAY * SLOT_SECONDS

/** A lab, a database whose clock the test moves, and scanners inside that see both. */
export interface ScannedLab {
  readonly lab: Lab
  readonly time: FakedTime
  /** Starts a scanner, and waits until it is at work. */
  start(engine?: string): Promise<ScannerProcess>
  /** A network; its first addresses answered at every slot of the day before. */
  plant(range: string, options?: { canaries?: number; packetsPerSecond?: number }): Promise<Network>
  readSweeps(network: Network): Promise<{ state: string; error: string | null }[]>
  /** Waits for that many ends of a network's sweeps, and answers them, oldest first. */
  statesOf(network: Network, count: number): Promise<string[]>
  /** How many addresses of a network answered so often, and were asked so often: `{ '288/288': 20 }`. */
  sumsOf(network: Network): Promise<Record<string, number>>
  events(): Promise<string[]>
  /** What does not agree with its bits, which must be nothing. */
  drifts(): Promise<object[]>
  end(): Promise<void>
}

export async function makeScannedLab(options: LabOptions, now: Date): Promise<ScannedLab> {
  const lab = await makeLab(options)
  const time = await fakeTime(now)
  const scanners: ScannerProcess[] = []
  const { store } = time
  return {
    lab,
    time,
    async start(engine = 'one') {
      const { address, folder, environment } = time
      const scanner = startScanner({ engine, address, folder, environment, around: lab.launch })
      scanners.push(scanner)
      await scanner.ready
      return scanner
    },
    async plant(range, { canaries = 0, packetsPerSecond = 500 } = {}) {
      const { site, network } = await plantNetwork(store, range, packetsPerSecond)
      const ips = Array.from({ length: canaries }, (_, i) => network.first + 1 + i)
      if (canaries > 0) await giveHistory(store, site, ips, (dayOf(now) - 1) as Day)
      return network
    },
    readSweeps: (network) => readSweeps(time, network),
    async statesOf(network, count) {
      for (let tries = 0; tries < 500; tries++) {
        const states = (await readSweeps(time, network)).map((sweep) => sweep.state)
        if (states.length >= count && !states.includes('running')) break
        await pause(50)
      }
      return (await readSweeps(time, network)).map((sweep) => sweep.state)
    },
    sumsOf: (network) => sumsOf(time, network),
    async events() {
      const rows = await store.query<{ kind: string }>(
        "SELECT kind FROM event WHERE kind LIKE 'network-%' ORDER BY id",
      )
      return rows.map((row) => row.kind)
    },
    async drifts() {
      const drifts: object[] = []
      for await (const audit of auditAll(store)) drifts.push(...audit.drifts)
      return drifts
    },
    async end() {
      for (const scanner of scanners) scanner.kill('SIGKILL')
      await Promise.all(scanners.map((scanner) => scanner.ended))
      await time.end()
      await lab.remove()
    },
  }
}

function readSweeps({ store }: FakedTime, network: Network) {
  return store.query<{ state: string; error: string | null }>(
    'SELECT state, error FROM sweep WHERE network_id = ? ORDER BY slot_at',
    [network.id],
  )
}

async function sumsOf({ store }: FakedTime, network: Network): Promise<Record<string, number>> {
  const rows = await store.query<{ sums: string; addresses: number }>(
    `SELECT CONCAT(active, '/', total) AS sums, COUNT(*) AS addresses FROM address_state
     WHERE ip BETWEEN ? AND ? GROUP BY sums`,
    [network.first, network.last],
  )
  return Object.fromEntries(rows.map((row) => [row.sums, row.addresses]))
}
