import { BLOCK_SIZE, blockOf } from '../core/address/ip-set.js'
import { ADDRESS_DAY_BYTES, type BlockDay } from '../core/uptime/presence.js'
import { type Day, SLOTS_PER_DAY } from '../core/uptime/slot.js'

/** Of one block at one slot: 256 bits of seen, then 256 of asked. */
const BITS_BYTES = 64
const ASKED_STARTS = 32
const WORD_BYTES = 8
const BLOCKS_PER_SITE = 2 ** 24
const FIRST_BLOCKS = 64
const GROWTH = 1.25

/** For each slot of a day that was swept the bits of all blocks, by the blocks' numbers. */
type SlotBytes = (Uint8Array | undefined)[]

/**
 * The bits of the days that are not folded yet: 64 bytes for each block and swept slot. All that lies
 * in it stays right once it was folded: whoever adds it up leaves out what he finds folded.
 */
export class OpenDays {
  readonly #numbers = new Map<number, number>()
  readonly #days = new Map<Day, SlotBytes>()

  /** Room for so many blocks is made at once, and for more when they come. */
  constructor(private readonly expectedBlocks = FIRST_BLOCKS) {}

  get days(): readonly Day[] {
    return [...this.#days.keys()]
  }

  /** Puts one block's words at one slot: four of seen and four of asked, each big-endian. */
  put(siteId: number, block: number, day: Day, slot: number, words: Uint8Array): void {
    const number = this.#numberOf(siteId, block)
    const at = BITS_BYTES * number
    const slots = this.#slotsOf(day)
    let bytes = slots[slot]
    if (bytes === undefined || bytes.length < at + BITS_BYTES) {
      bytes = grow(bytes, number < this.expectedBlocks ? this.expectedBlocks : GROWTH * number + 1)
      slots[slot] = bytes
    }
    bytes.set(words, at)
  }

  drop(day: Day): void {
    this.#days.delete(day)
  }

  /** Holds on to what is here now; what is put later into the same days is seen too. */
  hold(): HeldDays {
    const days = [...this.#days]
    return {
      ofAddress: (siteId, ip) => {
        const number = this.#numbers.get(siteId * BLOCKS_PER_SITE + blockOf(ip))
        if (number === undefined) return []
        const at = BITS_BYTES * number
        return days.map(([day, slots]) => [day, dayOfAddress(slots, at, ip % BLOCK_SIZE)] as const)
      },
    }
  }

  #numberOf(siteId: number, block: number): number {
    const key = siteId * BLOCKS_PER_SITE + block
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const number = this.#numbers.size
    this.#numbers.set(key, number)
    return number
  }

  #slotsOf(day: Day): SlotBytes {
    const known = this.#days.get(day)
    if (known !== undefined) return known
    const slots: SlotBytes = new Array(SLOTS_PER_DAY).fill(undefined)
    this.#days.set(day, slots)
    return slots
  }
}

export interface HeldDays {
  /** The open days of one address, which is the first of its `BlockDay`. */
  ofAddress(siteId: number, ip: number): readonly (readonly [Day, BlockDay])[]
}

function grow(bytes: Uint8Array | undefined, blocks: number): Uint8Array {
  const grown = new Uint8Array(BITS_BYTES * Math.ceil(blocks))
  if (bytes !== undefined) grown.set(bytes)
  return grown
}

function dayOfAddress(slots: SlotBytes, at: number, offset: number): BlockDay {
  const seen = new Uint8Array(ADDRESS_DAY_BYTES)
  const asked = new Uint8Array(ADDRESS_DAY_BYTES)
  const byte = at + byteOf(offset)
  const bit = offset & 7
  for (let slot = 0; slot < SLOTS_PER_DAY; slot++) {
    const bytes = slots[slot]
    if (bytes === undefined || bytes.length <= byte + ASKED_STARTS) continue
    seen[slot >>> 3]! |= ((bytes[byte]! >>> bit) & 1) << (slot & 7)
    asked[slot >>> 3]! |= ((bytes[byte + ASKED_STARTS]! >>> bit) & 1) << (slot & 7)
  }
  return { seen, asked }
}

/** Address a is bit a % 64 of word a / 64, and a word's first byte is its highest. */
function byteOf(offset: number): number {
  return WORD_BYTES * (offset >>> 6) + (WORD_BYTES - 1 - ((offset & 63) >>> 3))
}
