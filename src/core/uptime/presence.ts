import { BLOCK_SIZE, type BlockWords } from '../address/ip-set.js'
import { SLOTS_PER_DAY } from './slot.js'

/** One day of one address: 288 bits, slot s is bit s % 8 of byte s / 8. */
export const ADDRESS_DAY_BYTES = SLOTS_PER_DAY / 8
/** One day of one block, address-major: 256 x 36 bytes. */
export const BLOCK_DAY_BYTES = BLOCK_SIZE * ADDRESS_DAY_BYTES

/** One slot of one block: who was asked and who of them answered. */
export interface SlotBits {
  readonly slot: number
  readonly seen: BlockWords
  readonly asked: BlockWords
}

/** One UTC day of one block, each of `BLOCK_DAY_BYTES`. */
export interface BlockDay {
  readonly seen: Uint8Array
  readonly asked: Uint8Array
}

/** Turns a day's slots (slot-major) into its addresses (address-major). */
export function transposeDay(slots: readonly SlotBits[]): BlockDay {
  const seen = new Uint8Array(BLOCK_DAY_BYTES)
  const asked = new Uint8Array(BLOCK_DAY_BYTES)
  for (const slot of slots) {
    spread(slot.seen, slot.slot, seen)
    spread(slot.asked, slot.slot, asked)
  }
  return { seen, asked }
}

/** The bit of one address (0 to 255 in its block) at one UTC slot. */
export function hasBit(day: Uint8Array, offset: number, slot: number): boolean {
  return ((day[offset * ADDRESS_DAY_BYTES + (slot >>> 3)]! >>> (slot & 7)) & 1) === 1
}

/** The bit of one address (0 to 255) in one slot's words. */
export function hasAddress(words: BlockWords, offset: number): boolean {
  return ((words[offset >>> 6]! >> BigInt(offset & 63)) & 1n) === 1n
}

function spread(words: BlockWords, slot: number, day: Uint8Array): void {
  const byte = slot >>> 3
  const mask = 1 << (slot & 7)
  words.forEach((word, index) => {
    for (const half of [0, 1]) {
      const bits = Number((word >> BigInt(32 * half)) & 0xffffffffn)
      if (bits === 0) continue
      for (let bit = 0; bit < 32; bit++) {
        if (((bits >>> bit) & 1) === 0) continue
        const offset = index * 64 + half * 32 + bit
        day[offset * ADDRESS_DAY_BYTES + byte]! |= mask
      }
    }
  })
}
