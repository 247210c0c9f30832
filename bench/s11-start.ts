import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { PROJECT_DIR } from '../src/config.js'
import type { Bench, BenchResult, Say } from './report.js'

const POLL_MS = 50
const GIVE_UP_MS = 300_000
/** What a sweep of 127.0.0.0/28 finds. */
const ADDRESSES = 14

export const s11: Bench = {
  id: 's11',
  promise: 'from a clone to the first sweep, and a later start',
  run: startTwice,
}

async function startTwice(say: Say): Promise<BenchResult> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ipspace-bench-start-'))
  const clone = path.join(folder, 'ipspace')
  try {
    const startedAt = performance.now()
    execFileSync('git', ['clone', '--quiet', PROJECT_DIR, clone])
    const first = await start(clone, startedAt)
    say(`clone to first sweep: ${first.toFixed(1)} s`)
    const later = await start(clone, performance.now())
    say(`later start: ${later.toFixed(1)} s`)
    return {
      figures: [
        {
          what: 'from git clone to 14 counted addresses',
          value: first,
          unit: 's',
          bound: { under: 90 },
        },
        {
          what: 'a later npm start until pages are served',
          value: later,
          unit: 's',
          bound: { under: 3 },
        },
      ],
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Seconds from an instant until pages are served and the addresses are counted; ends what it started. */
async function start(clone: string, startedAt: number): Promise<number> {
  const IPSPACE_PORT = String(await freePort())
  const environment = { ...process.env, IPSPACE_PORT }
  const up = spawn('npm', ['start'], {
    cwd: clone,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise((resolve) => up.once('exit', resolve))
  let said = ''
  for (const stream of [up.stdout, up.stderr]) {
    stream.on('data', (some: Buffer) => {
      said += some
    })
  }
  try {
    while (!said.includes('ipspace is at') || !hasCounted(clone, environment)) {
      const isOver = up.exitCode !== null || performance.now() - startedAt > GIVE_UP_MS
      if (isOver) throw new Error(`it did not come up: ${said.slice(-500)}`)
      await pause(POLL_MS)
    }
    return (performance.now() - startedAt) / 1_000
  } finally {
    up.kill('SIGTERM')
    await ended
  }
}

function hasCounted(clone: string, env: NodeJS.ProcessEnv): boolean {
  const listed = execFileSync('bin/ipspace', ['addresses', '--format', 'json'], { cwd: clone, env })
  return JSON.parse(String(listed)).length === ADDRESSES
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
