import { networkInterfaces } from 'node:os'
import { formatIp, type Ip, parseIp } from '../core/address/ip.js'
import type { Range } from '../core/address/network.js'
import { clean } from './complaints.js'
import { askTool } from './tool.js'

export interface AttachedNetwork {
  readonly device: string
  /** This machine's own address in it. */
  readonly address: Ip
  /** First to last address of its prefix. */
  readonly range: Range
  readonly prefixLength: number
}

export interface LinkEvidence {
  readonly isUp: boolean
  readonly reason: string
  /** The next hop; undefined on our own link. */
  readonly gateway: Ip | undefined
}

const LOOPBACK: Range = { first: 0x7f000000 as Ip, last: 0x7fffffff as Ip }
/** What the kernel answers for a range without a way, and what an administrator would call it. */
const NO_WAY: readonly (readonly [RegExp, string])[] = [
  [/Network is unreachable/, 'no route'],
  [/No route to host/, 'an unreachable route'],
  [/Permission denied/, 'a prohibit route'],
  [/Invalid argument/, 'a blackhole route'],
]
/** RFC 2863; `unknown` is what tunnels and loopback say while they work. */
const WORKING: ReadonlySet<string> = new Set(['UP', 'UNKNOWN'])

/** The IPv4 networks this machine has an address in, from its list of devices; nothing is sent. */
export function attachedNetworks(): AttachedNetwork[] {
  return Object.entries(networkInterfaces()).flatMap(([device, addresses = []]) =>
    addresses.flatMap((own) => {
      const address = parseIp(own.address)
      const prefixLength = Number(own.cidr?.split('/')[1])
      if (own.internal || own.family !== 'IPv4' || !address.ok || !(prefixLength < 32)) return []
      return [
        {
          device,
          address: address.value,
          range: around(address.value, prefixLength),
          prefixLength,
        },
      ]
    }),
  )
}

/**
 * Our own next hop to a range, from the kernel's tables without sending anything: both ends of the
 * range must have a route, over a device that works. A blackhole of our own is no route either: nmap
 * refuses it as it refuses a missing one.
 */
export async function readLink(range: Range): Promise<LinkEvidence> {
  if (range.first >= LOOPBACK.first && range.last <= LOOPBACK.last) {
    return { isUp: true, reason: 'loopback', gateway: undefined }
  }
  const first = await readWay(range.first)
  const last = range.last === range.first ? first : await readWay(range.last)
  return first.isUp && !last.isUp ? last : first
}

interface KernelRoute {
  readonly dev?: string
  readonly gateway?: string
}

async function readWay(ip: Ip): Promise<LinkEvidence> {
  const answer = await askTool(['ip', '-json', 'route', 'get', formatIp(ip)])
  if (answer.missing !== undefined) {
    return unknown('the command "ip" is not installed (run as root: apt-get install iproute2)')
  } else if (answer.code !== 0) {
    const noWay = NO_WAY.find(([pattern]) => pattern.test(answer.stderr))?.[1]
    return down(`${noWay ?? clean(answer.stderr)} to ${formatIp(ip)}`)
  } else {
    return readDevice(readFirst<KernelRoute>(answer.stdout))
  }
}

async function readDevice(route: KernelRoute): Promise<LinkEvidence> {
  const { dev = '' } = route
  const gateway = parseIp(route.gateway ?? '')
  const answer = await askTool(['ip', '-json', 'link', 'show', 'dev', dev])
  const { operstate = 'missing' } = readFirst<{ operstate?: string }>(answer.stdout)
  const isUp = WORKING.has(operstate)
  return {
    isUp,
    reason: isUp ? `over ${dev}` : `the link ${dev} is ${operstate.toLowerCase()}`,
    gateway: gateway.ok ? gateway.value : undefined,
  }
}

/** Where the kernel cannot be asked, nmap's own complaints are all the evidence there is. */
function unknown(why: string): LinkEvidence {
  return { isUp: true, reason: `not known: ${why}`, gateway: undefined }
}

function down(reason: string): LinkEvidence {
  return { isUp: false, reason, gateway: undefined }
}

/** `ip -json` answers an array, and for some devices empty objects beside the one asked for. */
function readFirst<T extends object>(json: string): Partial<T> {
  try {
    const rows = JSON.parse(json) as T[]
    return rows.find((row) => Object.keys(row).length > 0) ?? {}
  } catch {
    return {}
  }
}

function around(ip: Ip, prefixLength: number): Range {
  const size = 2 ** (32 - prefixLength)
  const first = ip - (ip % size)
  return { first: first as Ip, last: (first + size - 1) as Ip }
}
