import type { Ip } from './ip.js'
import type { Range } from './network.js'

/** Addresses of one /24. */
export const BLOCK_SIZE = 256
const WORDS_PER_BLOCK = BLOCK_SIZE / 32

/** The four 64-bit words of a block: address a is bit a % 64 of word a / 64. */
export type BlockWords = readonly [bigint, bigint, bigint, bigint]

export function blockOf(ip: number): number {
  return ip >>> 8
}

/** A set of addresses within one range, one bit each: 8 KiB for a /16. */
export class IpSet {
  readonly firstBlock: number
  readonly lastBlock: number
  readonly #bits: Uint32Array

  constructor(readonly range: Range) {
    this.firstBlock = blockOf(range.first)
    this.lastBlock = blockOf(range.last)
    this.#bits = new Uint32Array((this.lastBlock - this.firstBlock + 1) * WORDS_PER_BLOCK)
  }

  static of(range: Range, ips: Iterable<number>): IpSet {
    const set = new IpSet(range)
    for (const ip of ips) set.add(ip)
    return set
  }

  static ofRanges(range: Range, ranges: readonly Range[]): IpSet {
    const set = new IpSet(range)
    for (const { first, last } of ranges) {
      for (let ip: number = first; ip <= last; ip++) set.add(ip)
    }
    return set
  }

  add(ip: number): void {
    const at = this.#position(ip)
    this.#bits[at >>> 5]! |= 1 << (at & 31)
  }

  remove(ip: number): void {
    const at = this.#position(ip)
    this.#bits[at >>> 5]! &= ~(1 << (at & 31))
  }

  has(ip: number): boolean {
    if (ip < this.range.first || ip > this.range.last) return false
    const at = ip - this.firstBlock * BLOCK_SIZE
    return (this.#bits[at >>> 5]! & (1 << (at & 31))) !== 0
  }

  get size(): number {
    let count = 0
    for (const word of this.#bits) count += ones(word)
    return count
  }

  /** In rising order. */
  *[Symbol.iterator](): Generator<Ip> {
    for (const [index, word] of this.#bits.entries()) {
      if (word === 0) continue
      for (let bit = 0; bit < 32; bit++) {
        if ((word & (1 << bit)) !== 0) yield (this.firstBlock * BLOCK_SIZE + index * 32 + bit) as Ip
      }
    }
  }

  /** Those of this set that are not in the other; the other must have the same range. */
  without(other: IpSet): IpSet {
    return this.#combine(other, (mine, theirs) => mine & ~theirs)
  }

  /** Those in both; the other must have the same range. */
  within(other: IpSet): IpSet {
    return this.#combine(other, (mine, theirs) => mine & theirs)
  }

  union(other: IpSet): IpSet {
    return this.#combine(other, (mine, theirs) => mine | theirs)
  }

  blockWords(block: number): BlockWords {
    const at = (block - this.firstBlock) * WORDS_PER_BLOCK
    const word = (index: number) =>
      (BigInt(this.#bits[at + 2 * index + 1]!) << 32n) | BigInt(this.#bits[at + 2 * index]!)
    return [word(0), word(1), word(2), word(3)]
  }

  /** Adds those of a block's words that lie in this set's range. */
  addBlockWords(block: number, words: BlockWords): void {
    words.forEach((word, index) => {
      for (const half of [0, 1]) {
        const bits = Number((word >> BigInt(32 * half)) & 0xffffffffn)
        for (let bit = 0; bits >>> bit !== 0 && bit < 32; bit++) {
          const ip = block * BLOCK_SIZE + index * 64 + half * 32 + bit
          const isOurs = ip >= this.range.first && ip <= this.range.last
          if (isOurs && ((bits >>> bit) & 1) === 1) this.add(ip)
        }
      }
    })
  }

  /** As ranges, rising and as few as can be. */
  toRanges(): Range[] {
    const ranges: { first: Ip; last: Ip }[] = []
    for (const ip of this) {
      const open = ranges.at(-1)
      if (open !== undefined && open.last === ip - 1) open.last = ip
      else ranges.push({ first: ip, last: ip })
    }
    return ranges
  }

  #combine(other: IpSet, merge: (mine: number, theirs: number) => number): IpSet {
    const result = new IpSet(this.range)
    for (const index of this.#bits.keys()) {
      result.#bits[index] = merge(this.#bits[index]!, other.#bits[index]!)
    }
    return result
  }

  #position(ip: number): number {
    if (ip < this.range.first || ip > this.range.last) {
      throw new RangeError(`core: ${ip} lies outside this set`)
    }
    return ip - this.firstBlock * BLOCK_SIZE
  }
}

function ones(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24
}
