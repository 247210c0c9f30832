import { formatIp } from '../core/address/ip.js'
import { BLOCK_SIZE, blockOf } from '../core/address/ip-set.js'
import type { Automaton, Walked } from './automaton.js'

const LAST_OCTETS = Array.from({ length: BLOCK_SIZE }, (_, octet) => Buffer.from(String(octet)))
const REMEMBERED_BLOCKS = 4_096
const NO = 0
const YES = 1
const UNKNOWN = 2

/**
 * Matches addresses as text without writing them out: all addresses of a /24 begin alike, and all blocks
 * whose beginnings lead to the same state match alike.
 */
export class IpMatcher {
  #block = -1
  #answers: Uint8Array = new Uint8Array(BLOCK_SIZE)
  readonly #remembered = new Map<Walked, Uint8Array>()

  constructor(
    private readonly automaton: Automaton,
    private readonly test: (text: string) => boolean,
  ) {}

  matches(ip: number): boolean {
    const block = blockOf(ip)
    if (block !== this.#block) {
      this.#block = block
      this.#answers = this.#answersOf(block)
    }
    const answer = this.#answers[ip & 255]!
    return answer === UNKNOWN ? this.test(formatIp(ip)) : answer === YES
  }

  #answersOf(block: number): Uint8Array {
    const beginning = Buffer.from(formatIp(block * BLOCK_SIZE).slice(0, -1))
    const state = this.automaton.walk(this.automaton.start, beginning, 0, beginning.length)
    const known = this.#remembered.get(state)
    if (known !== undefined) return known
    const answers = Uint8Array.from(LAST_OCTETS, (octet) => {
      const found = this.automaton.end(this.automaton.walk(state, octet, 0, octet.length))
      return found === undefined ? UNKNOWN : found ? YES : NO
    })
    if (this.#remembered.size >= REMEMBERED_BLOCKS) this.#remembered.clear()
    this.#remembered.set(state, answers)
    return answers
  }
}
