import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { formatIp } from '../../src/core/address/ip.js'
import { DnsProbe } from '../../src/probe/dns.js'

const LOCALHOST = 0x7f000001 as never

/** Debian's dnsmasq on 127.0.0.1, which names the addresses it is told and asks nobody else. */
export interface Dnsmasq {
  readonly port: number
  /** Replaces all names; takes effect before it answers. */
  name(names: ReadonlyMap<number, string>): Promise<void>
  stop(): Promise<void>
  start(): Promise<void>
  drop(): Promise<void>
}

export async function startDnsmasq(): Promise<Dnsmasq> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ipspace-dnsmasq-'))
  const hosts = path.join(folder, 'hosts')
  const port = await freePort()
  let child: ChildProcess | undefined
  let generation = 0
  const marker = () => `generation-${generation}.test`
  const write = (names: ReadonlyMap<number, string>) => {
    generation++
    const lines = [...names].map(([ip, name]) => `${formatIp(ip)} ${name}`)
    writeFileSync(hosts, `127.255.0.1 ${marker()}\n${lines.join('\n')}\n`)
  }
  const settle = async () => {
    const probe = new DnsProbe({
      resolvers: [{ ip: LOCALHOST, port }],
      rate: 1_000,
      triesMs: [100],
    })
    for (let tries = 0; tries < 200; tries++) {
      const answer = await probe.ask(0x7fff0001 as never)
      if (answer.state === 'named' && answer.names[0] === marker()) return probe.close()
      await pause(25)
    }
    probe.close()
    throw new Error('dnsmasq does not answer')
  }
  const start = async () => {
    const options = ['--keep-in-foreground', '--conf-file=/dev/null', '--no-resolv', '--no-hosts']
    const place = ['--listen-address=127.0.0.1', '--bind-interfaces', `--port=${port}`]
    const names = [`--addn-hosts=${hosts}`, '--local=/in-addr.arpa/', '--local=/test/']
    const user = process.getuid?.() === 0 ? ['--user=root'] : []
    child = spawn('/usr/sbin/dnsmasq', [...options, ...place, ...names, ...user, '--pid-file='], {
      stdio: 'ignore',
    })
    await settle()
  }
  const stop = async () => {
    const ending = child
    child = undefined
    if (ending === undefined) return
    const ended = new Promise((resolve) => ending.once('exit', resolve))
    ending.kill('SIGTERM')
    await ended
  }
  write(new Map())
  await start()
  return {
    port,
    start,
    stop,
    name: async (names) => {
      write(names)
      child?.kill('SIGHUP')
      await settle()
    },
    drop: async () => {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })
}
