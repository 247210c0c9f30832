import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { resolveNames } from '../cron/resolve-names.js'
import type { Exclusion } from '../src/core/address/exclusion.js'
import { formatIp } from '../src/core/address/ip.js'
import { openLog } from '../src/log.js'
import { DnsProbe } from '../src/probe/dns.js'
import { addExclusion } from '../src/store/exclusions.js'
import type { Store } from '../src/store/pool.js'
import { setSetting } from '../src/store/settings.js'
import { BASE, countOne, fill, partsOf, withDatabase } from './filled.js'
import type { Bench, BenchResult, Say } from './report.js'

const ADDRESSES = 65_536
const PORT = 25_353
const LOCALHOST = 0x7f000001 as never
const START = new Date('2026-03-02T10:00:00Z')
const ROUND_SECONDS = 300
const QUARTER_MS = 900_000

export const s12: Bench = {
  id: 's12',
  promise: '65,536 names that are due, asked of a server on loopback (dnsmasq), as shipped',
  run: (say) => withNameServer(() => withDatabase((store) => askTwice(store, say))),
}

/** The first round finds every name and checks it forwards; in the second all are as they were. */
async function askTwice(store: Store, say: Say): Promise<BenchResult> {
  await fill(store, ADDRESSES, START)
  // Nothing of a benchmark may leave this machine: only the name server is asked.
  const everything = { first: BASE, last: BASE + ADDRESSES - 1, reason: 'never-scan' } as Exclusion
  await addExclusion(store, 1, everything, '', START)
  await setSetting(store, 'names.resolvers', `127.0.0.1:${PORT}`, START)
  const seconds: number[] = []
  const counts: number[] = []
  for (const round of [0, 1]) {
    const now = new Date(START.getTime() + round * QUARTER_MS)
    const counting = round === 1 ? countBeside(store, say) : Promise.resolve(0)
    const started = performance.now()
    const { signal } = new AbortController()
    const log = openLog('bench', 'error')
    const told = await resolveNames({
      ...{ store, log, now, signal, engine: 'bench', nmapPath: '', launch: [] },
    })
    seconds.push((performance.now() - started) / 1_000)
    counts.push(await counting)
    say(`${told}, ${seconds.at(-1)!.toFixed(1)} s`)
  }
  const [row] = await store.query<{ named: number; changes: number; due: number }>(
    `SELECT (SELECT COUNT(hostname) FROM address) AS named,
       (SELECT COUNT(*) FROM address_change) AS changes`,
  )
  const wrong = Math.abs(row!.named - ADDRESSES) + Math.abs(row!.changes - ADDRESSES)
  return {
    figures: [
      {
        ...{ what: 'a round in which all are due', value: seconds[1]!, unit: 's' },
        bound: { under: ROUND_SECONDS },
      },
      {
        ...{ what: 'the first of all, with forward checks', value: seconds[0]!, unit: 's' },
        bound: { under: ROUND_SECONDS },
      },
      {
        ...{ what: 'names or changes told wrong', value: wrong, unit: '' },
        bound: { atMost: 0 },
      },
      { what: 'counting a sweep of all meanwhile', value: counts[1]!, unit: 's' },
    ],
  }
}

/** Counts a sweep of all the addresses while their names are asked for. */
async function countBeside(store: Store, say: Say): Promise<number> {
  await pause(5_000)
  const [range] = partsOf(ADDRESSES)
  const slotAt = new Date(START.getTime() + 300_000)
  const seconds = await countOne(store, 0, range!, slotAt, () => true)
  say(`a sweep was counted meanwhile in ${seconds.toFixed(2)} s`)
  return seconds
}

async function withNameServer<T>(work: () => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ipspace-bench-dns-'))
  const hosts = path.join(folder, 'hosts')
  const lines = Array.from(
    { length: ADDRESSES },
    (_, offset) => `${formatIp(BASE + offset)} host-${offset}.example.test`,
  )
  writeFileSync(hosts, lines.join('\n'))
  const options = ['--keep-in-foreground', '--conf-file=/dev/null', '--no-resolv', '--no-hosts']
  const place = ['--listen-address=127.0.0.1', '--bind-interfaces', `--port=${PORT}`, '--pid-file=']
  const user = process.getuid?.() === 0 ? ['--user=root'] : []
  const server = spawn(
    '/usr/sbin/dnsmasq',
    [...options, ...place, ...user, `--addn-hosts=${hosts}`, '--local=/in-addr.arpa/'],
    { stdio: 'ignore' },
  )
  try {
    await waitForServer()
    return await work()
  } finally {
    server.kill('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }
}

async function waitForServer(): Promise<void> {
  const probe = new DnsProbe({
    resolvers: [{ ip: LOCALHOST, port: PORT }],
    ...{ rate: 100, triesMs: [200] },
  })
  try {
    for (let tries = 0; tries < 100; tries++) {
      if ((await probe.ask(BASE as never)).state === 'named') return
      await pause(100)
    }
    throw new Error('dnsmasq does not answer')
  } finally {
    probe.close()
  }
}
