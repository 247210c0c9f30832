import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { type Service, Supervisor } from '../../src/cli/supervisor.js'
import { openLog } from '../../src/log.js'
import { isAlive, until } from '../support/ipspace.js'

const DELAYS = { firstMs: 20, longestMs: 80, steadyMs: 60_000 }
const STUBBORN = "process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)"
const DOCILE =
  "process.on('SIGTERM', () => process.exit(0)); console.log('up'); setInterval(() => {}, 1000)"
const log = openLog('test', 'silent')

const supervisors: Supervisor[] = []
afterEach(async () => {
  for (const supervisor of supervisors.splice(0)) {
    supervisor.hurry()
    await supervisor.stop()
  }
})

function supervise(): Supervisor {
  const supervisor = new Supervisor(log, DELAYS)
  supervisors.push(supervisor)
  return supervisor
}

/** A service of a real process; `lives` are its processes so far, `times` when each was started. */
function makeService(name: string, script: string, graceMs = 5_000) {
  const lives: ChildProcess[] = []
  const times: number[] = []
  const start = async () => {
    times.push(Date.now())
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    lives.push(child)
    return child
  }
  const service: Service = { name, start, graceMs }
  return { service, lives, times }
}

test('a service that is killed is started again', async () => {
  const { service, lives } = makeService('a', DOCILE)
  supervise().keep(service)
  await until(() => lives.length === 1)
  lives[0]!.kill('SIGKILL')
  await until(() => lives.length === 2)
  expect(isAlive(lives[1]!.pid!)).toBe(true)
})

test('each new start waits longer than the one before, up to the longest', async () => {
  const times: number[] = []
  const start = () => {
    times.push(performance.now())
    return Promise.reject(new Error('not today'))
  }
  supervise().keep({ name: 'a', start, graceMs: 0 })
  await until(() => times.length === 5)
  const waits = times.slice(1).map((time, index) => time - times[index]!)
  // A timer may fire up to a millisecond early.
  for (const [index, leastMs] of [20, 40, 80, 80].entries()) {
    expect(waits[index]).toBeGreaterThan(leastMs - 2)
  }
})

test('a start that fails is tried again', async () => {
  const working = makeService('a', DOCILE)
  let tries = 0
  const start = async () => {
    tries += 1
    if (tries < 3) throw new Error('not yet')
    return working.service.start()
  }
  supervise().keep({ ...working.service, start })
  await until(() => working.lives.length === 1)
  expect(tries).toBe(3)
})

test('a stop ends the last started first, and waits for each', async () => {
  const supervisor = supervise()
  const order: string[] = []
  for (const name of ['database', 'web', 'scanner']) {
    const { service, lives } = makeService(name, DOCILE)
    supervisor.keep(service)
    await until(() => lives.length === 1)
    lives[0]!.once('exit', () => order.push(name))
  }
  await supervisor.stop()
  expect(order).toEqual(['scanner', 'web', 'database'])
})

test('who does not end in time is killed', async () => {
  const supervisor = supervise()
  const { service, lives } = makeService('a', STUBBORN, 200)
  supervisor.keep(service)
  await until(() => lives.length === 1)
  await supervisor.stop()
  expect(lives[0]!.signalCode).toBe('SIGKILL')
})

test('a hurried stop does not wait out the grace', async () => {
  const supervisor = supervise()
  const { service, lives } = makeService('a', STUBBORN, 3_600_000)
  supervisor.keep(service)
  await until(() => lives.length === 1)
  const stopped = supervisor.stop()
  supervisor.hurry()
  await stopped
  expect(lives[0]!.signalCode).toBe('SIGKILL')
})

test('nothing is started again once a stop has begun', async () => {
  const supervisor = supervise()
  const { service, lives, times } = makeService('a', DOCILE)
  supervisor.keep(service)
  await until(() => lives.length === 1)
  lives[0]!.kill('SIGKILL')
  await supervisor.stop()
  expect(times).toHaveLength(1)
})
