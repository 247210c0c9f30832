import { formatIp, type Ip } from '../core/address/ip.js'
import type { NameAnswer } from '../core/names/change.js'
import type { NameProbe } from './name-probe.js'
import { decodeStatusReply, encodeStatusQuery } from './netbios-message.js'
import type { Pace } from './pace.js'
import { UdpExchange } from './udp-exchange.js'

const NETBIOS_PORT = 137
const TRIES_MS = [700, 1_300] as const

/** What a probe that asks the addresses themselves is given. */
export interface DirectOptions {
  readonly pace: Pace
  readonly port?: number
  readonly triesMs?: readonly number[]
}

/** NetBIOS node status over UDP 137 (RFC 1002): what a Windows host or Samba calls itself. */
export class NetbiosProbe implements NameProbe {
  readonly source = 'netbios'
  readonly #udp = new UdpExchange()

  constructor(private readonly options: DirectOptions) {}

  /** Silence is a failure: most hosts speak no NetBIOS, and one that did may be off. */
  async ask(ip: Ip): Promise<NameAnswer> {
    const { pace, port = NETBIOS_PORT, triesMs = TRIES_MS } = this.options
    let reason = 'timeout'
    for (const timeoutMs of triesMs) {
      const exchanged = await pace.run(() =>
        this.#udp.ask(
          { address: formatIp(ip), port },
          encodeStatusQuery,
          (reply) => decodeStatusReply(reply) !== undefined,
          timeoutMs,
        ),
      )
      if (exchanged.state === 'answered') {
        const name = decodeStatusReply(exchanged.reply)?.name
        // A node status has no TTL worth the word: it is always 0.
        return name === undefined
          ? { state: 'nameless', ttl: 0 }
          : { state: 'named', names: [name], ttl: 0 }
      }
      reason = exchanged.reason
    }
    return { state: 'failed', reason }
  }

  close(): void {
    this.#udp.close()
  }
}
