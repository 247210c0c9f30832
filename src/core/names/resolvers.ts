import { cite } from '../address/cite.js'
import { formatIp, type Ip, type Parsed, parseIp } from '../address/ip.js'

export interface Resolver {
  readonly ip: Ip
  readonly port: number
}

const DNS_PORT = 53
const RESOLVERS_AT_MOST = 8

/** `10.0.0.53, 10.0.0.54:5353`; nothing means the resolvers of this machine. */
export function parseResolvers(text: string): Parsed<readonly Resolver[]> {
  const words = text.split(/[\s,]+/).filter((word) => word !== '')
  if (words.length > RESOLVERS_AT_MOST) {
    return { ok: false, error: `name at most ${RESOLVERS_AT_MOST} resolvers, not ${words.length}` }
  }
  const resolvers: Resolver[] = []
  for (const word of words) {
    const [address = '', port, ...rest] = word.split(':')
    const ip = parseIp(address)
    const isPort = port === undefined || (/^[1-9][0-9]{0,4}$/.test(port) && Number(port) < 65_536)
    if (!ip.ok || !isPort || rest.length > 0) {
      return {
        ok: false,
        error: `${cite(word)} is no resolver: write an IPv4 address such as 10.0.0.53, or one with a port such as 10.0.0.53:5353`,
      }
    }
    resolvers.push({ ip: ip.value, port: port === undefined ? DNS_PORT : Number(port) })
  }
  return { ok: true, value: resolvers }
}

export function formatResolver({ ip, port }: Resolver): string {
  return port === DNS_PORT ? formatIp(ip) : `${formatIp(ip)}:${port}`
}

/** Loopback addresses mean another machine to everybody: only a resolver of this one may know them. */
export function mayAsk(resolver: Resolver, ip: number): boolean {
  return !isLoopback(ip) || isLoopback(resolver.ip)
}

function isLoopback(ip: number): boolean {
  return ip >>> 24 === 127
}
