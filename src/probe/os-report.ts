import { SaxesParser, type SaxesTagPlain } from 'saxes'
import { formatIp, type Ip, parseIp } from '../core/address/ip.js'
import type { PortState } from '../core/discovery/system-type.js'
import { clean } from './complaints.js'
import type { Totals } from './nmap-report.js'
import { isTarget, type TargetList } from './targets.js'

/** The operating system that fits best, in nmap's words. */
export interface OsMatch {
  readonly name: string
  /** Percent; 100 is a fingerprint that fits in everything. */
  readonly accuracy: number
  /** Such as `Linux` or `embedded`. */
  readonly family: string | undefined
  readonly cpe: string | undefined
}

export interface OsReply {
  readonly ip: Ip
  /** nmap gave it up for taking too long: nothing is known of it. */
  readonly hasTimedOut: boolean
  readonly match: OsMatch | undefined
  readonly ports: ReadonlyMap<number, PortState>
}

/** A host takes some 10 KB: ten guesses and a fingerprint. */
const BYTES_PER_ADDRESS = 65_536
const BYTES_BESIDE = 1_048_576
const FAMILY_CHARACTERS = 64
const PORT_STATES: ReadonlySet<string> = new Set(['open', 'closed', 'filtered'])
const PARSER = { xmlns: false, position: false } as const

type Attributes = SaxesTagPlain['attributes']

interface Draft {
  ip?: Ip
  isUp: boolean
  readonly hasTimedOut: boolean
  readonly ports: Map<number, PortState>
  port?: number
  matches: number
  match?: { name: string; accuracy: number; family?: string; cpe?: string }
}

/** Reads the XML of `nmap -O` as it streams; keeps each host's best match and ports, not the text. */
export class OsReport {
  readonly replies = new Map<Ip, OsReply>()
  /** The first thing in it that cannot be right; nothing after it is read. */
  fault: string | undefined
  named = 0
  totals: Totals | undefined

  readonly #parser = new SaxesParser<typeof PARSER>(PARSER)
  #bytes = 0
  #host: Draft | undefined
  #cpe: string | undefined
  #finished: Attributes = {}

  constructor(private readonly targets: TargetList) {
    this.#parser.on('error', (error) => this.#refuse(`its XML is broken: ${error.message}`))
    this.#parser.on('opentag', (tag) => this.#open(tag.name, tag.attributes))
    this.#parser.on('text', (text) => {
      if (this.#cpe !== undefined) this.#cpe += text
    })
    this.#parser.on('closetag', (tag) => this.#close(tag.name))
  }

  write(chunk: string): void {
    if (this.fault !== undefined) return
    this.#bytes += chunk.length
    if (this.#bytes > this.targets.count * BYTES_PER_ADDRESS + BYTES_BESIDE) {
      this.#refuse('its report does not end')
    } else {
      this.#parser.write(chunk)
    }
  }

  close(): void {
    if (this.fault !== undefined) return
    this.#parser.on('error', () => this.#refuse('its XML is cut off'))
    this.#parser.close()
    if (this.totals === undefined) this.#refuse('its report has no totals')
  }

  #open(name: string, the: Attributes): void {
    if (name === 'host') this.#beginHost(the)
    else if (name === 'finished') this.#finished = the
    else if (name === 'hosts') this.#readTotals(the)
    else if (this.#host !== undefined) this.#openWithin(this.#host, name, the)
  }

  #beginHost(the: Attributes): void {
    const hasTimedOut = the.timedout === 'true'
    this.#host = { isUp: false, hasTimedOut, ports: new Map(), matches: 0 }
  }

  #openWithin(host: Draft, name: string, the: Attributes): void {
    if (name === 'status') host.isUp = the.state === 'up'
    else if (name === 'address' && the.addrtype === 'ipv4') readAddress(host, the)
    else if (name === 'port') host.port = the.protocol === 'tcp' ? Number(the.portid) : Number.NaN
    else if (name === 'state') readPortState(host, the)
    else if (name === 'osmatch') readMatch(host, the)
    else if (name === 'osclass' && host.matches === 1) readFamily(host, the)
    else if (name === 'cpe' && host.matches === 1) this.#cpe = ''
  }

  #close(name: string): void {
    if (name === 'host') this.#endHost()
    else if (name === 'cpe' && this.#cpe !== undefined) {
      const match = this.#host?.match
      if (match !== undefined) match.cpe ??= clean(this.#cpe)
      this.#cpe = undefined
    }
  }

  /** nmap names also hosts that are down, where it was asked to be talkative. */
  #endHost(): void {
    const host = this.#host
    this.#host = undefined
    if (host === undefined || !host.isUp) return
    if (host.ip === undefined) {
      this.#refuse('it names a host without an IPv4 address')
    } else if (!isTarget(this.targets, host.ip)) {
      this.#refuse(`it names ${formatIp(host.ip)}, which was not asked`)
    } else {
      this.named++
      if (!this.replies.has(host.ip)) this.replies.set(host.ip, toReply(host, host.ip))
    }
  }

  #readTotals(the: Attributes): void {
    this.totals = {
      exit: this.#finished.exit ?? '',
      message: this.#finished.errormsg ?? '',
      up: toCount(the.up) ?? -1,
      total: toCount(the.total) ?? -1,
    }
  }

  #refuse(fault: string): void {
    this.fault ??= fault
  }
}

function readAddress(host: Draft, the: Attributes): void {
  const ip = parseIp(the.addr ?? '')
  if (ip.ok) host.ip = ip.value
}

function readPortState(host: Draft, { state = '' }: Attributes): void {
  if (host.port === undefined || !PORT_STATES.has(state)) return
  host.ports.set(host.port, state as PortState)
}

/** The best comes first; what comes after it is only counted. */
function readMatch(host: Draft, the: Attributes): void {
  const accuracy = toCount(the.accuracy)
  const name = clean(the.name ?? '')
  host.matches++
  if (host.matches === 1 && name !== '' && accuracy !== undefined && accuracy <= 100) {
    host.match = { name, accuracy }
  }
}

function readFamily(host: Draft, { osfamily = '' }: Attributes): void {
  const family = clean(osfamily).slice(0, FAMILY_CHARACTERS)
  if (host.match !== undefined && family !== '') host.match.family ??= family
}

function toReply({ hasTimedOut, match, ports }: Draft, ip: Ip): OsReply {
  const { name, accuracy, family, cpe } = match ?? {}
  const isWhole = name !== undefined && accuracy !== undefined
  return { ip, hasTimedOut, ports, match: isWhole ? { name, accuracy, family, cpe } : undefined }
}

function toCount(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,10}$/.test(text) ? Number(text) : undefined
}
