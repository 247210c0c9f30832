import {
  attach,
  type Cut,
  connect,
  cut,
  detach,
  detachAll,
  FAR,
  GATEWAY,
  macOf,
  mend,
  type Namespaces,
} from './link.js'
import { addNamespace, ip, removeLeftovers, removeNamespaces } from './namespaces.js'
import { countAt, loseAt, readWire, type Wire } from './wire.js'

/*
   scanner namespace         hosts namespace                neighbours namespace
   up0, 10.255.0.2 -- veth -- down0, 10.255.0.1 -- macvlan -- an interface with a MAC of its own per attached host
   default route to it        ranges that answer: routes of type `local`, whatever their size
                              ranges that are silent: routes of type `blackhole`, or none at all
*/

export interface LabOptions {
  /** CIDRs that answer from the start; the most specific CIDR that holds an address decides. */
  readonly answering?: readonly string[]
  readonly silent?: readonly string[]
  /** Percent of all frames, each way by itself. */
  readonly loss?: number
}

export interface Lab {
  /** The namespace in which the scanner runs. */
  readonly scanner: string
  /** The namespace of what answers, with the scanner's gateway. */
  readonly hosts: string
  /** Words to put before a command so that it runs in the scanner's namespace. */
  readonly launch: readonly string[]
  answer(...cidrs: readonly string[]): Promise<void>
  silence(...cidrs: readonly string[]): Promise<void>
  /** Puts a host of its own on the link, at an address of `ON_LINK`; gives its MAC. */
  attach(address: string, mac?: string): Promise<string>
  detach(mac: string): Promise<void>
  lose(percent: number): Promise<void>
  cutLink(what?: Cut): Promise<void>
  mendLink(): Promise<void>
  wire(): Promise<Wire>
  /** Back to what the options said, without attached hosts. */
  restore(): Promise<void>
  remove(): Promise<void>
}

/**
 * A routed network of its own for one scanner, in three namespaces; needs root. It is gone after `remove`, with the
 * end of this process, or, where that was killed, when the next lab is made. Addresses outside the answering ranges
 * are silent: neither reply nor ICMP error. The kernel's limits spare it: `icmp_ratelimit` and `icmp_msgs_per_sec`
 * do not touch echo replies, conntrack sees nothing, and the only neighbours are those on the link.
 */
export async function makeLab(options: LabOptions = {}): Promise<Lab> {
  return build(options).lab
}

/** Whether this machine lets us make a lab, found out by making one. */
export function canMakeLab(): { ok: true } | { ok: false; reason: string } {
  if (process.getuid?.() !== 0) return { ok: false, reason: 'network namespaces need root' }
  try {
    build({}).remove()
    return { ok: true }
  } catch (error) {
    return { ok: false, reason: (error as Error).message }
  }
}

function build(options: LabOptions): { lab: Lab; remove: () => void } {
  removeLeftovers()
  const names: string[] = []
  const remove = () => removeNamespaces(names)
  const add = (role: string) => {
    const name = addNamespace(role)
    names.push(name)
    return name
  }
  try {
    const spaces = { scanner: add('scanner'), hosts: add('hosts'), neighbours: add('neighbours') }
    connect(spaces)
    countAt(spaces.hosts, FAR, GATEWAY)
    settle(spaces, options)
    return { lab: operate(spaces, options, remove), remove }
  } catch (error) {
    remove()
    throw error
  }
}

function settle(spaces: Namespaces, options: LabOptions): void {
  detachAll(spaces)
  ip(spaces.hosts, ['route flush table local proto boot'])
  route(spaces.hosts, 'local', options.answering ?? [])
  route(spaces.hosts, 'blackhole', options.silent ?? [])
  loseAt(spaces.hosts, options.loss ?? 0)
}

function operate(spaces: Namespaces, options: LabOptions, remove: () => void): Lab {
  const { scanner, hosts } = spaces
  return {
    scanner,
    hosts,
    launch: ['ip', 'netns', 'exec', scanner],
    answer: async (...cidrs) => route(hosts, 'local', cidrs),
    silence: async (...cidrs) => route(hosts, 'blackhole', cidrs),
    attach: async (address, mac = macOf(address)) => attach(spaces, address, mac),
    detach: async (mac) => detach(spaces, mac),
    lose: async (percent) => loseAt(hosts, percent),
    cutLink: (what = 'interface') => cut(spaces, what),
    mendLink: () => mend(spaces),
    wire: async () => readWire(hosts, FAR),
    restore: async () => {
      await mend(spaces)
      settle(spaces, options)
    },
    remove: async () => remove(),
  }
}

/** Both kinds stand in the table `local`, which is asked first, so that the longer prefix wins whatever its kind. */
function route(hosts: string, kind: 'local' | 'blackhole', cidrs: readonly string[]): void {
  const device = kind === 'local' ? 'dev lo' : ''
  ip(
    hosts,
    cidrs.map((cidr) => `route replace ${kind} ${cidr} ${device} table local`),
  )
}
