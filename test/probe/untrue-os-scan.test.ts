import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { toIp } from '../../src/core/address/ip.js'
import { detectSystems, type OsRequest } from '../../src/probe/os-scan.js'
import { makeFakeOsNmap } from '../support/make-fake-nmap.js'
import { running, until } from '../support/running.js'

const OS_SCAN = path.join(import.meta.dirname, '../../src/probe/os-scan.ts')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ipspace-fake-os-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const IPS = [0x7f000005, 0x7f000001, 0x7f000101].map(toIp)

function ask(mode: string, given: Partial<OsRequest> = {}) {
  return detectSystems({
    nmapPath: makeFakeOsNmap(folder, mode),
    launch: [],
    ips: IPS,
    deadline: new Date(Date.now() + 20_000),
    signal: new AbortController().signal,
    ...given,
  })
}

async function tell(mode: string) {
  const answer = await ask(mode)
  if (answer.state !== 'told') throw new Error(answer.reason)
  return answer.replies
}

function left(mode: string): number[] {
  return running(`${process.execPath} ${path.join(folder, `fake-os-nmap-${mode}`)}`)
}

describe('asking what systems run', () => {
  test('keeps the best match, its family, its CPE and the ports of each', async () => {
    const replies = await tell('honest')
    expect(replies.map((reply) => reply.ip).sort()).toEqual([...IPS].sort())
    expect(replies[0]).toMatchObject({
      hasTimedOut: false,
      match: {
        name: 'Linux 4.15 - 5.6',
        accuracy: 96,
        family: 'Linux',
        cpe: 'cpe:/o:linux:linux_kernel:4',
      },
    })
    expect([...replies[0]!.ports]).toEqual([
      [22, 'open'],
      [23, 'closed'],
      [80, 'closed'],
      [135, 'closed'],
    ])
  })

  test.each([
    ['percent', '50 percent OS'],
    ['without-service', 'Linux 4.15 - 5.6'],
    ['chatty', 'Linux 4.15 - 5.6'],
    ['odd-ports', 'Linux 4.15 - 5.6'],
  ])('survives what node-nmap as it comes does not: %s', async (mode, name) => {
    const replies = await tell(mode)
    expect(replies.map((reply) => reply.match?.name)).toEqual([name, name, name])
  })

  test('leaves the handling of Ctrl-C and of uncaught exceptions to the program', async () => {
    const before = ['SIGINT', 'exit', 'uncaughtException'].map((it) => process.listenerCount(it))
    const asking = ask('honest')
    const during = ['SIGINT', 'exit', 'uncaughtException'].map((it) => process.listenerCount(it))
    await asking
    expect(during).toEqual(before)
  })

  test('"could not tell", a host given up and a host away are three answers', async () => {
    expect((await tell('could-not-tell')).map((reply) => reply.match)).toEqual(
      Array(3).fill(undefined),
    )
    expect((await tell('timed-out')).map((reply) => reply.hasTimedOut)).toEqual([
      true,
      false,
      false,
    ])
    expect(await tell('away')).toHaveLength(2)
  })

  test('hostile names are one short line of plain characters', async () => {
    const [evil] = await tell('terminal')
    expect(evil?.match?.name).toBe('Evil?31m <b>?OS')
    const [long] = await tell('long')
    expect(long?.match?.name.length).toBeLessThanOrEqual(255)
    expect(long?.match?.cpe?.length).toBeLessThanOrEqual(255)
    expect(long?.match?.family?.length).toBeLessThanOrEqual(64)
    expect((await tell('odd-accuracy'))[0]?.match).toBeUndefined()
  })

  test.each([
    ['stranger', 'failed', /203\.0\.113\.9, which was not asked/],
    ['nameless', 'failed', /a host without an IPv4 address/],
    ['entity', 'failed', /XML is broken/],
    ['truncated', 'failed', /cut off/],
    ['wrong-total', 'failed', /reports on 99 addresses, but 3 were asked/],
    ['exit-code', 'failed', /exit code 1/],
    ['garbage', 'failed', /XML is broken/],
    ['endless', 'failed', /does not end/],
    ['sendto', 'blind', /could not send: sendto .* Operation not permitted/],
  ])('an nmap that is %s is not believed', async (mode, state, reason) => {
    expect(await ask(mode)).toEqual({ state, reason: expect.stringMatching(reason) })
    expect(left(mode)).toEqual([])
  })

  test('an nmap that hangs is killed at the deadline, and when it is given up', async () => {
    const late = await ask('hang', { deadline: new Date(Date.now() + 400) })
    expect(late).toEqual({ state: 'failed', reason: expect.stringMatching(/did not end by 20/) })
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 300)
    const givenUp = await ask('hang', { signal: stop.signal })
    expect(givenUp).toEqual({ state: 'failed', reason: 'the asking was given up' })
    expect(left('hang')).toEqual([])
  })

  test('kill -9 of our process also ends an nmap that writes nothing', async () => {
    const nmapPath = makeFakeOsNmap(folder, 'hang')
    const script = `import { detectSystems } from ${JSON.stringify(OS_SCAN)}
      const deadline = new Date(Date.now() + 60_000)
      const { signal } = new AbortController()
      await detectSystems({ nmapPath: '${nmapPath}', launch: [], ips: [2130706433], deadline, signal })`
    const args = ['--import', 'tsx', '--input-type=module', '-e', script]
    const parent = spawn(process.execPath, args, { stdio: 'ignore' })
    onTestFinished(() => {
      for (const pid of left('hang')) process.kill(pid, 'SIGKILL')
    })
    await until(
      () => left('hang'),
      (pids) => pids.length === 1,
    )
    parent.kill('SIGKILL')
    await until(
      () => left('hang'),
      (pids) => pids.length === 0,
    )
  })

  test('an nmap that is missing is an answer, and an address twice is refused', async () => {
    const missing = await ask('honest', { nmapPath: '/nowhere/nmap' })
    expect(missing).toMatchObject({ state: 'failed' })
    const twice = await ask('honest', { ips: [IPS[0]!, IPS[0]!] })
    expect(twice).toEqual({ state: 'failed', reason: expect.stringMatching(/twice/) })
    expect(await ask('honest', { ips: [], nmapPath: '/nowhere' })).toEqual({
      state: 'told',
      replies: [],
    })
  })
})
