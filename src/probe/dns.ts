import { randomInt } from 'node:crypto'
import { getServers } from 'node:dns'
import { formatIp, type Ip } from '../core/address/ip.js'
import type { NameAnswer } from '../core/names/change.js'
import { foldName } from '../core/names/hostname.js'
import { mayAsk, parseResolvers, type Resolver } from '../core/names/resolvers.js'
import {
  decodeReply,
  encodeQuery,
  followAddresses,
  followNames,
  type Question,
  type Reply,
  reverseName,
} from './dns-message.js'
import { askOverTcp } from './dns-tcp.js'
import type { NameProbe } from './name-probe.js'
import { Pace } from './pace.js'
import { UdpExchange } from './udp-exchange.js'

/** How long each try waits for its answer. */
const TRIES_MS = [1_500, 3_000] as const
const TCP_TIMEOUT_MS = 4_000
/** A resolver that let so many questions in a row time out is left alone. */
const SILENCES_AT_MOST = 64
const NAMES_AT_MOST = 16
const IDS = 65_536
/** Questions under way to one resolver: they must fit its receive buffer, 166 by Linux's default. */
const ASKED_AT_ONCE = 96

export interface DnsOptions {
  readonly resolvers: readonly Resolver[]
  /** Questions a second, to each resolver. */
  readonly rate: number
  readonly triesMs?: readonly number[]
}

/** How one resolver did. */
export interface ResolverScore {
  readonly resolver: Resolver
  readonly asked: number
  readonly answered: number
  readonly lastFailure: string | undefined
  /** So many lookups failed since its last answer. */
  readonly failedInARow: number
}

/** Whether a name's address records lead back. */
export type ForwardAnswer = 'match' | 'mismatch' | 'none' | 'unknown'

type LookUp = { readonly reply: Reply } | { readonly failure: string }

class Server {
  asked = 0
  answered = 0
  failedInARow = 0
  silentInARow = 0
  lastFailure: string | undefined
  speaksEdns = true
  readonly pace: Pace

  constructor(
    readonly resolver: Resolver,
    rate: number,
  ) {
    this.pace = new Pace(rate, ASKED_AT_ONCE)
  }

  get isGivenUp(): boolean {
    return this.silentInARow >= SILENCES_AT_MOST
  }
}

/** The resolvers that this machine itself asks, those of them that have IPv4 addresses. */
export function systemResolvers(): Resolver[] {
  return getServers().flatMap((text) => {
    const parsed = parseResolvers(text)
    return parsed.ok ? parsed.value : []
  })
}

/**
 * Reverse lookups (RFC 1035) over UDP, and TCP when truncated. The first resolver that is not given up
 * is asked; the next one where it does not answer. NXDOMAIN is an answer; SERVFAIL, REFUSED, silence
 * and nonsense are failures.
 */
export class DnsProbe implements NameProbe {
  readonly source = 'ptr'
  readonly #udp = new UdpExchange()
  readonly #servers: readonly Server[]
  readonly #triesMs: readonly number[]

  constructor({ resolvers, rate, triesMs = TRIES_MS }: DnsOptions) {
    this.#servers = resolvers.map((resolver) => new Server(resolver, rate))
    this.#triesMs = triesMs
  }

  /** Several names come in the order of the alphabet: servers rotate them, and the first is the name. */
  async ask(ip: Ip): Promise<NameAnswer> {
    const name = reverseName(ip)
    const found = await this.#lookUp({ type: 'PTR', name }, ip)
    if ('failure' in found) return { state: 'failed', reason: found.failure }
    const { reply } = found
    const followed = followNames(reply, name)
    if (followed === undefined) return { state: 'failed', reason: 'CNAME loop' }
    const names = [...new Map(followed.names.map((known) => [foldName(known), known])).entries()]
      .filter(([folded]) => folded !== '')
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, known]) => known)
      .slice(0, NAMES_AT_MOST)
    if (names.length > 0) return { state: 'named', names, ttl: followed.ttl }
    if (reply.isReferral) return { state: 'failed', reason: 'referral' }
    return { state: 'nameless', ttl: reply.negativeTtl ?? 0 }
  }

  /** Whether the name's A records hold the address. */
  async checkForward(name: string, ip: Ip): Promise<ForwardAnswer> {
    // An escaped name has bytes that no A record's question of ours could hold.
    if (name.includes('\\') || name.length > 253) return 'mismatch'
    const found = await this.#lookUp({ type: 'A', name }, ip)
    if ('failure' in found) return 'unknown'
    const followed = followAddresses(found.reply, name)
    if (followed === undefined || found.reply.isReferral) return 'unknown'
    if (followed.names.length === 0) return 'none'
    return followed.names.includes(formatIp(ip)) ? 'match' : 'mismatch'
  }

  /** No resolver is left to ask. */
  get isDead(): boolean {
    return this.#servers.every((server) => server.isGivenUp)
  }

  scores(): ResolverScore[] {
    return this.#servers.map(({ resolver, asked, answered, lastFailure, failedInARow }) => ({
      ...{ resolver, asked, answered, lastFailure, failedInARow },
    }))
  }

  close(): void {
    this.#udp.close()
  }

  async #lookUp(question: Question, ip: Ip): Promise<LookUp> {
    let failure = 'no resolver'
    const servers = this.#servers.filter(
      (server) => !server.isGivenUp && mayAsk(server.resolver, ip),
    )
    const tries = Math.max(this.#triesMs.length, servers.length)
    for (let attempt = 0; attempt < tries && servers.length > 0; attempt++) {
      const server = servers[attempt % servers.length]!
      const timeoutMs = this.#triesMs[Math.min(attempt, this.#triesMs.length - 1)]!
      const found = await this.#askServer(server, question, timeoutMs)
      if ('reply' in found) return found
      failure = found.failure
      // The same server says the same again, unless it said nothing.
      if (servers.length === 1 && failure !== 'timeout') break
    }
    return { failure }
  }

  async #askServer(server: Server, question: Question, timeoutMs: number): Promise<LookUp> {
    const found = await server.pace.run(async () =>
      server.isGivenUp ? undefined : this.#exchange(server, question, timeoutMs),
    )
    if (found === undefined) return { failure: 'no resolver' }
    server.asked++
    if ('reply' in found) {
      server.answered++
      server.failedInARow = 0
      server.silentInARow = 0
      return found
    }
    server.lastFailure = found.failure
    server.failedInARow++
    server.silentInARow = found.failure === 'timeout' ? server.silentInARow + 1 : 0
    return found
  }

  async #exchange(server: Server, question: Question, timeoutMs: number): Promise<LookUp> {
    const { ip, port } = server.resolver
    const withEdns = server.speaksEdns
    const exchanged = await this.#udp.ask(
      { address: formatIp(ip), port },
      (id) => encodeQuery(id, question, withEdns),
      (message) => decodeReply(message, question) !== undefined,
      timeoutMs,
    )
    if (exchanged.state !== 'answered') return { failure: exchanged.reason }
    const reply = decodeReply(exchanged.reply, question)!
    if (reply.rcode === 'FORMERR' && withEdns) {
      server.speaksEdns = false
      return this.#exchange(server, question, timeoutMs)
    }
    return judge(reply.isTruncated ? await this.#askOverTcp(server, question) : reply)
  }

  async #askOverTcp(server: Server, question: Question): Promise<Reply | undefined> {
    const message = encodeQuery(randomInt(IDS), question, false)
    const reply = await askOverTcp(server.resolver, message, TCP_TIMEOUT_MS)
    const isOurs = reply?.subarray(0, 2).equals(message.subarray(0, 2)) === true
    return isOurs ? decodeReply(reply, question) : undefined
  }
}

function judge(reply: Reply | undefined): LookUp {
  if (reply === undefined || reply.isTruncated) return { failure: 'truncated' }
  return reply.rcode === 'NOERROR' || reply.rcode === 'NXDOMAIN'
    ? { reply }
    : { failure: reply.rcode }
}
