import { type Ip, LAST_IP, parseIp, toIp } from './ip.js'
import type { NetworkRange } from './network.js'

/** One IPv4 address of a machine, and the network it is attached to by it. */
export interface Attachment {
  readonly interfaceName: string
  readonly ip: Ip
  readonly network: NetworkRange
  readonly isLoopback: boolean
}

/** What of `os.networkInterfaces()` is needed here. */
export type Interfaces = Readonly<
  Record<
    string,
    | readonly {
        readonly address: string
        readonly netmask: string
        readonly family: string | number
        readonly internal: boolean
      }[]
    | undefined
  >
>

/** The IPv4 addresses of a machine, in the order of its interfaces. */
export function listAttachments(interfaces: Interfaces): Attachment[] {
  return Object.entries(interfaces).flatMap(([interfaceName, addresses = []]) =>
    addresses.flatMap(({ address, netmask, internal }) => {
      const ip = parseIp(address)
      const mask = parseIp(netmask)
      if (!ip.ok || !mask.ok) return []
      const network = networkOf(ip.value, mask.value)
      return [{ interfaceName, ip: ip.value, network, isLoopback: internal }]
    }),
  )
}

function networkOf(ip: Ip, mask: Ip): NetworkRange {
  const size = LAST_IP - mask + 1
  const first = Math.floor(ip / size) * size
  return { first: toIp(first), last: toIp(first + size - 1), prefixLength: 32 - Math.log2(size) }
}
