import { SaxesParser, type SaxesTagPlain } from 'saxes'
import { formatIp, type Ip, parseIp } from '../core/address/ip.js'
import { isTarget, type TargetList } from './targets.js'

export interface Reply {
  readonly ip: Ip
  /** Microseconds; undefined where nmap sent nothing, as to this machine's own addresses. */
  readonly rttUs: number | undefined
  /** As it arrived; undefined for ARP and own addresses. */
  readonly ttl: number | undefined
  /** 48 bits; only from addresses on the same link. */
  readonly mac: number | undefined
}

/** What nmap answers of itself, at the end of its report. */
export interface Totals {
  readonly exit: string
  readonly message: string
  readonly up: number
  readonly total: number
}

/** nmap asks in groups of this size, and reports the progress of the present one only. */
const GROUP_SIZE = 4_096
/** A host takes some 300 bytes of XML, a skipped target 80. */
const BYTES_PER_ADDRESS = 1_024
const BYTES_BESIDE = 1_048_576
/** What nmap says of a host that it asked by TCP, as it does by itself without raw sockets. */
const TCP_REASONS: ReadonlySet<string> = new Set(['conn-refused', 'syn-ack', 'reset', 'syn'])
const OWN_ADDRESS = 'localhost-response'
const PARSER = { xmlns: false, position: false } as const

type Draft = { -readonly [K in keyof Reply]?: Reply[K] } & { isUp: boolean; reason: string }

/** Reads nmap's XML as it streams; keeps the answers, not the text. */
export class NmapReport {
  readonly replies = new Map<Ip, Reply>()
  /** The first thing in it that cannot be right; nothing after it is read. */
  fault: string | undefined
  /** How many addresses were asked so far, rounded as nmap rounds its percentage. */
  asked = 0
  /** Own addresses, which nmap answers by itself without a packet. */
  own = 0
  /** Hosts that were named as up; more than `replies` where one was named twice. */
  named = 0
  totals: Totals | undefined

  readonly #parser = new SaxesParser<typeof PARSER>(PARSER)
  #bytes = 0
  #groupsEnd = 0
  #host: Draft | undefined
  #finished: SaxesTagPlain['attributes'] = {}

  constructor(private readonly targets: TargetList) {
    this.#parser.on('error', (error) => this.#refuse(`its XML is broken: ${error.message}`))
    this.#parser.on('opentag', (tag) => this.#open(tag))
    this.#parser.on('closetag', (tag) => {
      if (tag.name === 'host') this.#closeHost()
    })
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

  /** No more will come: what is not whole now is cut off. */
  close(): void {
    if (this.fault !== undefined) return
    this.#parser.on('error', () => this.#refuse('its XML is cut off'))
    this.#parser.close()
    if (this.totals === undefined) this.#refuse('its report has no totals')
  }

  #open(tag: SaxesTagPlain): void {
    const { attributes: the } = tag
    if (tag.name === 'host') this.#host = { isUp: false, reason: '' }
    else if (tag.name === 'status') this.#readStatus(the)
    else if (tag.name === 'address') this.#readAddress(the)
    else if (tag.name === 'times' && this.#host) this.#host.rttUs = toCount(the.srtt)
    else if (tag.name === 'taskprogress' || tag.name === 'taskend') this.#readProgress(the)
    else if (tag.name === 'finished') this.#finished = the
    else if (tag.name === 'hosts') this.#readTotals(the)
  }

  #readStatus(the: SaxesTagPlain['attributes']): void {
    if (this.#host === undefined) return
    this.#host.isUp = the.state === 'up'
    this.#host.reason = the.reason ?? ''
    this.#host.ttl = toCount(the.reason_ttl) || undefined
  }

  #readAddress(the: SaxesTagPlain['attributes']): void {
    if (this.#host === undefined) return
    const addr = the.addr ?? ''
    if (the.addrtype === 'ipv4') {
      const ip = parseIp(addr)
      if (ip.ok) this.#host.ip = ip.value
    } else if (/^([0-9A-F]{2}:){5}[0-9A-F]{2}$/i.test(addr)) {
      this.#host.mac = Number.parseInt(addr.replaceAll(':', ''), 16)
    }
  }

  #closeHost(): void {
    const host = this.#host
    this.#host = undefined
    if (host === undefined || !host.isUp) return
    if (host.ip === undefined) {
      this.#refuse('it names a host without an IPv4 address')
    } else if (!isTarget(this.targets, host.ip)) {
      this.#refuse(`it names ${formatIp(host.ip)}, which was not asked`)
    } else if (TCP_REASONS.has(host.reason)) {
      this.#refuse(`it asked by TCP (${host.reason}), without the right to send raw packets`)
    } else {
      this.#keep(host, host.ip)
    }
  }

  #keep(host: Draft, ip: Ip): void {
    this.named++
    if (this.replies.has(ip)) return
    if (host.reason === OWN_ADDRESS) this.own++
    this.replies.set(ip, { ip, rttUs: host.rttUs, ttl: host.ttl, mac: host.mac })
  }

  #readProgress(the: SaxesTagPlain['attributes']): void {
    if (!the.task?.endsWith('Ping Scan')) return
    const group = /^([0-9]+) total hosts/.exec(the.extrainfo ?? '')?.[1]
    const groupSize = Math.min(GROUP_SIZE, this.targets.count - this.#groupsEnd)
    if (group !== undefined) this.#groupsEnd += Number(group)
    const inGroup = group === undefined ? (groupSize * Number(the.percent ?? 0)) / 100 : 0
    this.asked = Math.min(this.targets.count, this.#groupsEnd + Math.floor(inGroup))
  }

  #readTotals(the: SaxesTagPlain['attributes']): void {
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

function toCount(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,10}$/.test(text) ? Number(text) : undefined
}
