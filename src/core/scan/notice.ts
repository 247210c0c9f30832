import type { Attachment } from '../address/attached.js'
import { formatIp } from '../address/ip.js'
import { formatNetwork, type NetworkRange, overlaps } from '../address/network.js'
import type { Cost } from './budget.js'

export interface NoticeFacts {
  readonly network: NetworkRange & { readonly name: string; readonly sweepMinutes: number }
  readonly cost: Cost
  /** The addresses of the machine that sweeps. */
  readonly attachments: readonly Attachment[]
  /** Whom to ask, as the setting `contact` has it; empty where nobody is named. */
  readonly contact: string
}

/** `14 addresses: up to 500 packets per second for about 9 seconds, 3 % of its 5 minutes`. */
export function describeCost(cost: Cost, sweepMinutes: number): string {
  const percent = cost.share < 0.01 ? 'under 1' : Math.round(cost.share * 100)
  return `${cost.addresses.toLocaleString('en')} addresses: up to ${cost.packetsPerSecond} packets per second for about ${Math.ceil(cost.seconds)} seconds, ${percent} % of its ${sweepMinutes} minutes`
}

/** The text to forward to those who run a network, one paragraph a line. */
export function writeNotice(facts: NoticeFacts): string {
  const { network, cost } = facts
  const name = network.name === '' ? '' : ` (${network.name})`
  return [
    `ipspace watches which addresses of ${formatNetwork(network)}${name} are in use.`,
    `What is sent: ${describePackets(facts)}`,
    `From which address: ${describeSource(facts)}`,
    `How often: every ${network.sweepMinutes} minutes, around the clock, up to ${cost.packetsPerSecond} packets per second for about ${Math.ceil(cost.seconds)} seconds.`,
    `Whom to ask: ${facts.contact === '' ? 'the administrator of ipspace' : facts.contact}`,
  ].join('\n')
}

function describePackets(facts: NoticeFacts): string {
  const what = isOnLink(facts)
    ? 'one ARP request per address and sweep, as this network is on the link of the machine that asks'
    : 'one ICMP echo request (ping) per address and sweep'
  return `${what}; up to three more to an address that answered lately and is silent now. Besides, who answers may be asked its name (NetBIOS, mDNS), and some addresses an hour by nmap -O, which tries a few ports, what system they run. Nothing is logged in to.`
}

function describeSource({ network, attachments }: NoticeFacts): string {
  const near = attachments.filter((attachment) => overlaps(attachment.network, network))
  const outward = attachments.filter((attachment) => !attachment.isLoopback)
  const sources = near.length > 0 ? near : outward
  const list = [...new Set(sources.map((source) => formatIp(source.ip)))].join(', ')
  if (list === '') return 'the machine that runs ipspace'
  return near.length > 0 || sources.length === 1 ? list : `one of ${list}`
}

function isOnLink({ network, attachments }: NoticeFacts): boolean {
  return attachments.some((near) => !near.isLoopback && overlaps(near.network, network))
}
