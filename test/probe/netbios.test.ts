import { execFileSync, spawn } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Ip } from '../../src/core/address/ip.js'
import { NetbiosProbe } from '../../src/probe/netbios.js'
import { decodeStatusReply, encodeStatusQuery } from '../../src/probe/netbios-message.js'
import { Pace } from '../../src/probe/pace.js'

const LOCALHOST = 0x7f000001 as Ip

interface Entry {
  readonly name: Buffer
  readonly suffix: number
  readonly flags: number
}

/** A node status reply as RFC 1002 draws it. */
function makeReply(id: number, entries: readonly Entry[]): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt16BE(id, 0)
  head.writeUInt16BE(0x8400, 2)
  head.writeUInt16BE(1, 6)
  const name = encodeStatusQuery(0).subarray(12, 46)
  const names = entries.map(({ name: text, suffix, flags }) => {
    const entry = Buffer.alloc(18, 0x20)
    text.copy(entry, 0, 0, 15)
    entry.writeUInt8(suffix, 15)
    entry.writeUInt16BE(flags, 16)
    return entry
  })
  const data = Buffer.concat([Buffer.from([entries.length]), ...names, Buffer.alloc(46)])
  const middle = Buffer.alloc(10)
  middle.writeUInt16BE(0x21, 0)
  middle.writeUInt16BE(1, 2)
  middle.writeUInt16BE(data.byteLength, 8)
  return Buffer.concat([head, name, middle, data])
}

const own = (text: string | Buffer, suffix = 0) => ({
  name: Buffer.from(text as string, 'latin1'),
  suffix,
  flags: 0x0400,
})
const group = (text: string) => ({ name: Buffer.from(text), suffix: 0, flags: 0x8400 })

describe('node status', () => {
  test('the name is the own one, not the group', () => {
    const reply = makeReply(1, [group('WORKGROUP'), own('OFFICE-PC'), own('OFFICE-PC', 0x20)])
    expect(decodeStatusReply(reply)).toEqual({ name: 'OFFICE-PC', group: 'WORKGROUP' })
  })

  test('a server without a workstation name is named by that', () => {
    expect(decodeStatusReply(makeReply(1, [own('NAS', 0x20)]))?.name).toBe('NAS')
  })

  test.each([
    ['an escape sequence', '\x1b[2J', '\\027\\0912J'],
    ['a space inside', 'MY PC', 'MY\\032PC'],
    ['a script', '<script>', '\\060script\\062'],
  ])('%s is cleaned', (_, text, name) => {
    expect(decodeStatusReply(makeReply(1, [own(text)]))?.name).toBe(name)
  })

  test('whatever bytes come, it is a clean name or no reply', () => {
    const valid = makeReply(1, [own('PC')])
    const spoiled = fc.tuple(fc.nat(valid.length - 1), fc.nat(255), fc.nat(valid.length))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), spoiled), (made) => {
        const [at, byte, length] = made as [number, number, number]
        const message = made instanceof Uint8Array ? Buffer.from(made) : Buffer.from(valid)
        if (!(made instanceof Uint8Array)) message[at] = byte
        const cut = made instanceof Uint8Array ? message : message.subarray(0, length)
        expect(decodeStatusReply(cut)?.name ?? '').toMatch(/^[A-Za-z0-9_\\-]{0,60}$/)
      }),
    )
  })
})

describe('asking', () => {
  let server: Socket
  beforeEach(async () => {
    server = createSocket('udp4')
    await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve))
  })
  afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())))

  const ask = async (answer: (query: Buffer) => Buffer | undefined) => {
    server.on('message', (query, from) => {
      const reply = answer(query)
      if (reply !== undefined) server.send(reply, from.port, from.address)
    })
    const { port } = server.address()
    const probe = new NetbiosProbe({ pace: new Pace(1_000), port, triesMs: [100, 100] })
    const heard = await probe.ask(LOCALHOST)
    probe.close()
    return heard
  }

  test('a host that answers is named', async () => {
    expect(await ask((query) => makeReply(query.readUInt16BE(0), [own('PC')]))).toEqual({
      state: 'named',
      names: ['PC'],
      ttl: 0,
    })
  })
  test('silence is no answer', async () => {
    expect(await ask(() => undefined)).toEqual({ state: 'failed', reason: 'timeout' })
  })
  test('a reply with another id is none', async () => {
    expect(await ask((query) => makeReply(query.readUInt16BE(0) ^ 1, [own('EVIL')]))).toEqual({
      state: 'failed',
      reason: 'timeout',
    })
  })
})

const isRoot = process.getuid?.() === 0
if (!isRoot)
  console.warn('SKIPPED: asking a real nmbd needs root, for a network namespace of its own')

describe.runIf(isRoot)("Debian's nmbd", () => {
  const namespace = `ipsp-nmbd-${process.pid}`
  const folder = mkdtempSync(path.join(tmpdir(), 'ipspace-nmbd-'))
  const run = (...words: string[]) => execFileSync('ip', words, { stdio: 'ignore' })
  afterEach(() => {
    run('netns', 'del', namespace)
    rmSync(folder, { recursive: true, force: true })
  })

  test('says its name to the probe', async () => {
    run('netns', 'add', namespace)
    run('-n', namespace, 'link', 'set', 'lo', 'up')
    run('-n', namespace, 'link', 'add', 'lan0', 'type', 'veth', 'peer', 'lan1')
    run('-n', namespace, 'link', 'set', 'lan1', 'up')
    run('-n', namespace, 'addr', 'add', '10.98.0.1/24', 'brd', '+', 'dev', 'lan0')
    run('-n', namespace, 'link', 'set', 'lan0', 'up')
    const folders = ['lock', 'state', 'cache', 'pid', 'private', 'ncalrpc']
    for (const name of folders) mkdirSync(path.join(folder, name))
    const places = ['lock', 'state', 'cache', 'pid'].map(
      (name) => `${name} directory = ${path.join(folder, name)}`,
    )
    const lines = [
      ...['netbios name = IPSPACE-LAB', 'workgroup = LAB', 'interfaces = 10.98.0.1/24'],
      ...['bind interfaces only = yes', `private dir = ${path.join(folder, 'private')}`, ...places],
      ...[`ncalrpc dir = ${path.join(folder, 'ncalrpc')}`, 'wins support = no'],
    ]
    const settings = path.join(folder, 'smb.conf')
    writeFileSync(settings, `[global]\n${lines.join('\n')}\n`)
    const inside = ['netns', 'exec', namespace]
    const log = `--log-basename=${folder}`
    const words = ['/usr/sbin/nmbd', '-F', '--no-process-group', '-s', settings, log]
    const nmbd = spawn('ip', [...inside, ...words], { stdio: 'ignore' })
    try {
      const found = execFileSync(
        'ip',
        [...inside, process.execPath, '--import', 'tsx', '--input-type=module', '-e', ASK_NMBD],
        { encoding: 'utf8' },
      )
      expect(JSON.parse(found)).toEqual({ state: 'named', names: ['IPSPACE-LAB'], ttl: 0 })
    } finally {
      const ended = new Promise((resolve) => nmbd.once('exit', resolve))
      nmbd.kill('SIGTERM')
      await ended
    }
  })

  const source = path.join(import.meta.dirname, '../../src/probe')
  const ASK_NMBD = `
    import { NetbiosProbe } from ${JSON.stringify(path.join(source, 'netbios.ts'))}
    import { Pace } from ${JSON.stringify(path.join(source, 'pace.ts'))}
    const probe = new NetbiosProbe({ pace: new Pace(100) })
    let answer
    for (let tries = 0; tries < 12 && answer?.state !== 'named'; tries++) answer = await probe.ask(0x0a620001)
    probe.close()
    console.log(JSON.stringify(answer))`
})
