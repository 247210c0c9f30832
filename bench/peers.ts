import { spawn } from 'node:child_process'
import { parseIp } from '../src/core/address/ip.js'
import { IpSet } from '../src/core/address/ip-set.js'
import { renderTargets, splitEvenly } from '../src/core/scan/plan.js'
import type { Lab } from '../test/lab/lab.js'
import type { Ground } from './measure.js'

/** The fastest way in which fping still asks a silent address twice. */
export const FPING = ['fping', '-a', '-g', '-i', '1', '-r', '1', '-t', '500']
export const PLAIN_NMAP = ['nmap', '-sn', '-n', '-PE', '-T4']

export async function askFping(lab: Lab, ground: Ground): Promise<IpSet> {
  const { output } = await run(lab, [...FPING, ground.cidr])
  return IpSet.of(ground.network, readAddresses(output, /^([0-9.]+)$/gm))
}

/** Undefined where it had not ended after the limit, and was stopped. */
export async function askPlainNmap(
  lab: Lab,
  ground: Ground,
  limitSeconds: number,
): Promise<IpSet | undefined> {
  const { output, isEnded } = await run(lab, [...PLAIN_NMAP, '-oG', '-', ground.cidr], limitSeconds)
  return isEnded ? readGrepable(ground, output) : undefined
}

/** Several processes that share the rate, as our own sweep has them, with nmap's own retries. */
export async function askRetryingNmap(
  lab: Lab,
  ground: Ground,
  packetsPerSecond: number,
  retries: number,
): Promise<IpSet> {
  const shares = splitEvenly([ground.network], 4).map(renderTargets)
  const rate = String(packetsPerSecond / shares.length)
  const options = ['--min-hostgroup', '4096', '--min-rate', rate, '--max-rate', rate]
  const command = [...PLAIN_NMAP, '--max-retries', String(retries), ...options, '-oG', '-']
  const runs = await Promise.all(shares.map((targets) => run(lab, [...command, ...targets])))
  return readGrepable(ground, runs.map(({ output }) => output).join('\n'))
}

function readGrepable(ground: Ground, output: string): IpSet {
  return IpSet.of(ground.network, readAddresses(output, /^Host: ([0-9.]+) .*Status: Up$/gm))
}

function readAddresses(output: string, pattern: RegExp): number[] {
  return [...output.matchAll(pattern)].flatMap(([, text = '']) => {
    const ip = parseIp(text)
    return ip.ok ? [ip.value] : []
  })
}

function run(
  lab: Lab,
  command: readonly string[],
  limitSeconds?: number,
): Promise<{ output: string; isEnded: boolean }> {
  const [first = '', ...rest] = [...lab.launch, ...command]
  const timeout = limitSeconds === undefined ? {} : { timeout: limitSeconds * 1_000 }
  return new Promise((resolve, reject) => {
    const child = spawn(first, rest, { stdio: ['ignore', 'pipe', 'ignore'], ...timeout })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      output += chunk
    })
    child.once('error', reject)
    child.once('close', (_, signal) => resolve({ output, isEnded: signal === null }))
  })
}
