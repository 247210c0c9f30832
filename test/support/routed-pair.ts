import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { running } from './running.js'

export const isRoot = process.getuid?.() === 0

/** Two network namespaces: a scanner, and a router with what lies behind it. Needs root. */
export interface RoutedPair {
  readonly scanner: string
  readonly router: string
  /** Words that put a command into the scanner's namespace. */
  readonly launch: readonly string[]
  /** The nmap processes in the scanner's namespace. */
  nmaps(): number[]
  /** `ip -n NAMESPACE ...`; throws when ip complains. */
  ip(namespace: string, ...words: string[]): void
  /** Loads rules into a namespace's packet filter. */
  filter(namespace: string, rules: string): void
  drop(): void
}

/**
 * The scanner is 10.99.0.1, its router 10.99.0.2 on the same link. Behind the router 10.100.0.0/18
 * answers, 10.100.64.0/18 is silent; to 10.200.0.0/16 there is no route.
 */
export function makeRoutedPair(): RoutedPair {
  const id = randomBytes(3).toString('hex')
  const scanner = `ipsp-${id}-a`
  const router = `ipsp-${id}-b`
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ip = (namespace: string, ...words: string[]) => void run('ip', '-n', namespace, ...words)
  const drop = () => {
    for (const namespace of [scanner, router]) run('ip', 'netns', 'del', namespace)
  }
  run('ip', 'netns', 'add', scanner)
  run('ip', 'netns', 'add', router)
  run('ip', '-n', scanner, 'link', 'add', 'up0', 'type', 'veth', 'peer', 'down0', 'netns', router)
  for (const [namespace, device, address] of [
    [scanner, 'up0', '10.99.0.1/24'],
    [router, 'down0', '10.99.0.2/24'],
  ] as const) {
    ip(namespace, 'link', 'set', 'lo', 'up')
    ip(namespace, 'addr', 'add', address, 'dev', device)
    ip(namespace, 'link', 'set', device, 'up')
  }
  ip(scanner, 'route', 'add', '10.100.0.0/16', 'via', '10.99.0.2')
  ip(router, 'route', 'add', 'local', '10.100.0.0/18', 'dev', 'lo')
  ip(router, 'route', 'add', 'blackhole', '10.100.64.0/18')
  const filter = (namespace: string, rules: string) =>
    void execFileSync('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], { input: rules })
  const nmaps = () => {
    const inside = execFileSync('ip', ['netns', 'pids', scanner], { encoding: 'utf8' }).split('\n')
    return running('/usr/bin/nmap ').filter((pid) => inside.includes(String(pid)))
  }
  return { scanner, router, launch: ['ip', 'netns', 'exec', scanner], nmaps, ip, filter, drop }
}
