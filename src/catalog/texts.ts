const FIRST_BYTES = 65_536
const GROWTH = 1.25
const LENGTH_BYTES = 2
/** Texts of which many rows have the same, such as systems and owners, are kept once. */
const REMEMBERED_TEXTS = 4_096

/** Where a text lies among all texts. */
export type Place = number

/** The place of the empty text. */
export const NOWHERE: Place = 0

/*
 * place  0        2                  place + 2
 *      +--------+--------+--------+--------+------------------+
 *      | 0      | length | UTF-8 ...       | length | UTF-8 ...
 *      +--------+--------+--------+--------+------------------+
 *        the empty text    length: unsigned 16 bit, little-endian
 *
 * A million texts as strings of their own would take three times the memory, and the collector's
 * time. Texts are only ever added, so whoever holds a place may read it for as long as he likes.
 */
export class Texts {
  #bytes = Buffer.alloc(FIRST_BYTES)
  #used = LENGTH_BYTES
  readonly #remembered = new Map<string, Place>()

  /** Bytes in use. */
  get size(): number {
    return this.#used
  }

  /** The bytes of all texts; another buffer once one was added. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** At most 65,535 bytes of UTF-8. */
  add(text: string): Place {
    if (text === '') return NOWHERE
    const most = this.#used + LENGTH_BYTES + 3 * text.length
    if (most > this.#bytes.length) this.#grow(most)
    const place = this.#used
    const length = this.#bytes.write(text, place + LENGTH_BYTES, 'utf8')
    this.#bytes.writeUInt16LE(length, place)
    this.#used = place + LENGTH_BYTES + length
    return place
  }

  /** The same place for the same text, mostly. */
  addShared(text: string): Place {
    const known = this.#remembered.get(text)
    if (known !== undefined) return known
    const place = this.add(text)
    if (this.#remembered.size >= REMEMBERED_TEXTS) this.#remembered.clear()
    this.#remembered.set(text, place)
    return place
  }

  /** In bytes. */
  lengthOf(place: Place): number {
    return this.#bytes[place]! | (this.#bytes[place + 1]! << 8)
  }

  read(place: Place): string {
    const from = place + LENGTH_BYTES
    return this.#bytes.toString('utf8', from, from + this.lengthOf(place))
  }

  #grow(needed: number): void {
    const bytes = Buffer.alloc(Math.max(needed, Math.ceil(GROWTH * this.#bytes.length)))
    this.#bytes.copy(bytes, 0, 0, this.#used)
    this.#bytes = bytes
  }
}

/** The bytes of a text begin so far behind its place. */
export const TEXT_STARTS = LENGTH_BYTES
