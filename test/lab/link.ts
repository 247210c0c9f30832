import { setTimeout as pause } from 'node:timers/promises'
import { ip, readIp, setSysctls } from './namespaces.js'

export const GATEWAY = '10.255.0.1'
export const SCANNER_ADDRESS = '10.255.0.2'
export const ON_LINK = '10.255.0.0/24'
const ON_LINK_LENGTH = 24
/** The scanner's interface, and the gateway's. */
const NEAR = 'up0'
export const FAR = 'down0'

const GATEWAY_THERE = `address replace ${GATEWAY}/${ON_LINK_LENGTH} dev ${FAR}`
/** The kernel takes the default route away with the interface, so both are raised together. */
const RAISE = [`link set ${NEAR} up`, `route replace default via ${GATEWAY}`]

/**
 * What is wrong with the way out: the scanner's `interface` is down and its routes are gone; the `cable` is out and
 * the routes stay; or the link is well and the `gateway` is dead.
 */
export type Cut = 'interface' | 'cable' | 'gateway'

export interface Namespaces {
  readonly scanner: string
  readonly hosts: string
  readonly neighbours: string
}

export function connect({ scanner, hosts, neighbours }: Namespaces): void {
  // An answer may leave by another interface than its question came in by.
  for (const name of [hosts, neighbours]) {
    setSysctls(name, { 'net.ipv4.conf.all.rp_filter': 0, 'net.ipv4.conf.default.rp_filter': 0 })
  }
  // Else the gateway would ask for the scanner in the name of whom it answers for.
  setSysctls(hosts, { 'net.ipv4.conf.all.arp_announce': 2 })
  // Else each attached host would answer ARP for all of them.
  setSysctls(neighbours, { 'net.ipv4.conf.all.arp_ignore': 1 })
  ip(scanner, [`link add ${NEAR} type veth peer name ${FAR} netns ${hosts}`])
  ip(hosts, [GATEWAY_THERE, `link set ${FAR} up`])
  ip(scanner, [`address add ${SCANNER_ADDRESS}/${ON_LINK_LENGTH} dev ${NEAR}`, ...RAISE])
}

export async function cut({ scanner, hosts }: Namespaces, what: Cut): Promise<void> {
  if (what === 'interface') ip(scanner, [`link set ${NEAR} down`])
  else if (what === 'cable') ip(hosts, [`link set ${FAR} down`])
  else ip(hosts, [`address delete ${GATEWAY}/${ON_LINK_LENGTH} dev ${FAR}`])
  await linkIs(scanner, what === 'gateway' ? 'UP' : 'DOWN')
}

export async function mend({ scanner, hosts }: Namespaces): Promise<void> {
  ip(hosts, [`link set ${FAR} up`, GATEWAY_THERE])
  ip(scanner, RAISE)
  await linkIs(scanner, 'UP')
}

/** A macvlan on the gateway's interface: a host with its own MAC on the same wire. */
export function attach({ hosts, neighbours }: Namespaces, address: string, mac: string): string {
  const name = interfaceOf(mac)
  ip(hosts, [
    `link add link ${FAR} name ${name} netns ${neighbours} address ${mac} type macvlan mode bridge`,
  ])
  ip(neighbours, [`address add ${address}/${ON_LINK_LENGTH} dev ${name}`, `link set ${name} up`])
  return mac
}

export function detach({ neighbours }: Namespaces, mac: string): void {
  ip(neighbours, [`link delete ${interfaceOf(mac)}`])
}

export function detachAll({ neighbours }: Namespaces): void {
  const links = readIp<{ ifname: string }>(neighbours, ['link', 'show', 'type', 'macvlan'])
  ip(
    neighbours,
    links.map((link) => `link delete ${link.ifname}`),
  )
}

/** A locally administered MAC that tells the address: `10.255.0.9` has `02:00:0a:ff:00:09`. */
export function macOf(address: string): string {
  const octets = address.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'))
  return ['02', '00', ...octets].join(':')
}

/** An interface's name holds 15 characters. */
function interfaceOf(mac: string): string {
  return `h${mac.replaceAll(':', '').toLowerCase()}`
}

/** The kernel acts on a changed carrier up to a second later, and drops frames until then. */
async function linkIs(scanner: string, state: 'UP' | 'DOWN'): Promise<void> {
  for (;;) {
    const [link] = readIp<{ operstate: string }>(scanner, ['link', 'show', 'dev', NEAR])
    if (link?.operstate === state) return
    await pause(20)
  }
}
