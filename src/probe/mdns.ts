import { formatIp, type Ip } from '../core/address/ip.js'
import type { NameAnswer } from '../core/names/change.js'
import { decodeReply, encodeQuery, followNames, reverseName } from './dns-message.js'
import type { NameProbe } from './name-probe.js'
import type { DirectOptions } from './netbios.js'
import { UdpExchange } from './udp-exchange.js'

const MDNS_PORT = 5353
const TRIES_MS = [700, 1_300] as const

/**
 * A reverse question sent to the host itself, at the port of multicast DNS (RFC 6762, 6.7: from another
 * port it is answered by unicast, with the id and the question repeated).
 */
export class MdnsProbe implements NameProbe {
  readonly source = 'mdns'
  readonly #udp = new UdpExchange()

  constructor(private readonly options: DirectOptions) {}

  async ask(ip: Ip): Promise<NameAnswer> {
    const { pace, port = MDNS_PORT, triesMs = TRIES_MS } = this.options
    const question = { type: 'PTR', name: reverseName(ip) } as const
    let reason = 'timeout'
    for (const timeoutMs of triesMs) {
      const exchanged = await pace.run(() =>
        this.#udp.ask(
          { address: formatIp(ip), port },
          (id) => encodeQuery(id, question, false),
          (message) => decodeReply(message, question) !== undefined,
          timeoutMs,
        ),
      )
      if (exchanged.state === 'answered') {
        const reply = decodeReply(exchanged.reply, question)!
        const { names, ttl } = followNames(reply, question.name) ?? { names: [], ttl: 0 }
        const [name] = names.filter((known) => known !== '')
        // A host that knows no name of its own is silent by the book; others say NXDOMAIN or worse.
        return name === undefined
          ? { state: 'failed', reason: reply.rcode === 'NOERROR' ? 'nameless' : reply.rcode }
          : { state: 'named', names: [name], ttl }
      }
      reason = exchanged.reason
    }
    return { state: 'failed', reason }
  }

  close(): void {
    this.#udp.close()
  }
}
