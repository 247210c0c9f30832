import { BLOCK_SIZE, blockOf } from '../core/address/ip-set.js'
import type { Overlap } from '../core/names/duplicate.js'
import { ADDRESS_DAY_BYTES, transposeDay } from '../core/uptime/presence.js'
import { type Day, dayOf, instantOf, SLOTS_PER_DAY } from '../core/uptime/slot.js'
import type { Db } from './pool.js'
import { type OpenSlot, readClosedDays, readOpenSlots } from './presence.js'

const DAYS_AT_ONCE = 16
const BLOCKS_REMEMBERED = 64

type SeenDays = ReadonlyMap<Day, Uint8Array>

/** Reads from presence whether addresses were there together; remembers the blocks it has read. */
export class Togetherness {
  readonly #open = new Map<string, Promise<SeenDays>>()
  readonly #closed = new Map<string, Promise<SeenDays>>()

  constructor(private readonly db: Db) {}

  /** The last sweep that saw both in the time of an overlap; undefined where none did. */
  async lastOf(siteId: number, { a, b, from, to, isCertain }: Overlap): Promise<Date | undefined> {
    if (isCertain) return to
    for (let day = dayOf(to); day >= dayOf(from); day = (day - 1) as Day) {
      const bitsOfA = await this.#readDay(siteId, a, day)
      const bitsOfB = bitsOfA && (await this.#readDay(siteId, b, day))
      if (bitsOfA === undefined || bitsOfB === undefined) continue
      for (let slot = SLOTS_PER_DAY - 1; slot >= 0; slot--) {
        const mask = 1 << (slot & 7)
        if ((bitsOfA[slot >>> 3]! & bitsOfB[slot >>> 3]! & mask) === 0) continue
        const at = instantOf(day, slot)
        if (at >= from && at <= to) return at
      }
    }
    return undefined
  }

  async #readDay(siteId: number, ip: number, day: Day): Promise<Uint8Array | undefined> {
    const block = blockOf(ip)
    const seen =
      (await this.#readOpen(siteId, block)).get(day) ??
      (await this.#readClosed(siteId, block, day)).get(day)
    const at = (ip % BLOCK_SIZE) * ADDRESS_DAY_BYTES
    return seen?.subarray(at, at + ADDRESS_DAY_BYTES)
  }

  #readOpen(siteId: number, block: number): Promise<SeenDays> {
    return remember(this.#open, `${siteId}/${block}`, async () => {
      const days = new Map<Day, OpenSlot[]>()
      for (const slot of await readOpenSlots(this.db, siteId, block)) {
        days.set(slot.day, [...(days.get(slot.day) ?? []), slot])
      }
      return new Map([...days].map(([day, slots]) => [day, transposeDay(slots).seen]))
    })
  }

  #readClosed(siteId: number, block: number, day: Day): Promise<SeenDays> {
    const first = (day - (day % DAYS_AT_ONCE)) as Day
    return remember(this.#closed, `${siteId}/${block}/${first}`, async () => {
      const last = (first + DAYS_AT_ONCE - 1) as Day
      const days = await readClosedDays(this.db, siteId, block, first, last)
      return new Map(days.map((closed) => [closed.day, closed.seen]))
    })
  }
}

function remember(
  memory: Map<string, Promise<SeenDays>>,
  key: string,
  read: () => Promise<SeenDays>,
): Promise<SeenDays> {
  const known = memory.get(key)
  if (known !== undefined) return known
  if (memory.size >= BLOCKS_REMEMBERED) memory.clear()
  const reading = read()
  memory.set(key, reading)
  return reading
}
