import { readIp, run } from './namespaces.js'

/** What has passed the lab's wire since it was made, counted in the kernel and before any loss. */
export interface Wire {
  /** All frames that left the scanner, ARP too. */
  readonly sent: number
  /** Echo requests among them. */
  readonly requests: number
  /** Echo replies that the hosts gave. */
  readonly replies: number
  /** Frames that the lab itself dropped unasked, because a queue was full; a figure measured with any is false. */
  readonly spilled: number
}

// Ingress stands before macvlan takes its frames, egress after all hosts have put theirs: each frame
// passes each chain once. Loss comes after counting, and before the scanner's packet sockets see it.
// ARP between gateway and scanner is spared: a kernel that loses sight of a neighbour drops whole
// bursts, and the loss would be another than the one asked for.
const RULES = (device: string, gateway: string) => `
table netdev lab {
  counter sent { }
  counter requests { }
  counter replies { }
  chain lose_arriving { }
  chain lose_leaving { }
  chain arriving {
    type filter hook ingress device "${device}" priority 0; policy accept;
    counter name "sent"
    icmp type echo-request counter name "requests"
    arp daddr ip ${gateway} accept
    jump lose_arriving
  }
  chain leaving {
    type filter hook egress device "${device}" priority 0; policy accept;
    icmp type echo-reply counter name "replies"
    arp saddr ip ${gateway} accept
    jump lose_leaving
  }
}
`

export function countAt(namespace: string, device: string, gateway: string): void {
  nft(namespace, RULES(device, gateway))
}

/** Drops this share of all frames at random, each way by itself; 0 to 100 percent in tenths. */
export function loseAt(namespace: string, percent: number): void {
  if (!(percent >= 0 && percent <= 100)) {
    throw new RangeError(`lab: a loss of ${percent} % is not between 0 and 100`)
  }
  const drop =
    percent === 100 ? 'drop' : `numgen random mod 1000 < ${Math.round(percent * 10)} drop`
  const lines = ['lose_arriving', 'lose_leaving'].flatMap((chain) => [
    `flush chain netdev lab ${chain}`,
    ...(percent > 0 ? [`add rule netdev lab ${chain} ${drop}`] : []),
  ])
  nft(namespace, lines.join('\n'))
}

export function readWire(namespace: string, device: string): Wire {
  const listing = inside(namespace, ['nft', '-j', 'list', 'counters'])
  const counters = new Map(
    (JSON.parse(listing) as Listing).nftables
      .flatMap((item) => item.counter ?? [])
      .map((counter) => [counter.name, counter.packets]),
  )
  const [link] = readIp<Statistics>(namespace, ['-s', 'link', 'show', 'dev', device])
  return {
    sent: counters.get('sent') ?? 0,
    requests: counters.get('requests') ?? 0,
    replies: counters.get('replies') ?? 0,
    spilled: (link?.stats64.rx.dropped ?? 0) + (link?.stats64.tx.dropped ?? 0),
  }
}

interface Listing {
  readonly nftables: readonly { readonly counter?: { name: string; packets: number } }[]
}

interface Statistics {
  readonly stats64: { readonly rx: { dropped: number }; readonly tx: { dropped: number } }
}

function nft(namespace: string, rules: string): void {
  inside(namespace, ['nft', '-f', '-'], `${rules}\n`)
}

function inside(namespace: string, command: readonly string[], input = ''): string {
  return run('ip', ['netns', 'exec', namespace, ...command], input)
}
