import { ADDRESS_DAY_BYTES, BLOCK_DAY_BYTES, type BlockDay } from '../src/core/uptime/presence.js'
import { parseDay, SLOTS_PER_DAY } from '../src/core/uptime/slot.js'
import type { Store } from '../src/store/pool.js'
import { keepDay } from '../src/store/presence.js'
import { BASE, withDatabase } from './filled.js'
import type { Bench, BenchResult } from './report.js'

const BLOCKS = 64
const DAY = parseDay('2026-03-02')
/** Of a day, a slot that was missed and one in which we were blind: nobody was asked. */
const NOT_ASKED = [100, 101]

export const s8: Bench = {
  id: 's8',
  promise: 'presence history, seen and asked exact to the slot, packed',
  run: () => withDatabase(pack),
}

async function pack(store: Store): Promise<BenchResult> {
  const random = makeRandom()
  const typical = await measure(store, () => makeDay((offset) => believableHost(offset, random)))
  const worst = await measure(store, () => ({ seen: noise(random), asked: noise(random) }))
  return {
    figures: [
      {
        ...{ what: 'bytes per address and day, typical', value: typical, unit: 'B' },
        bound: { atMost: 12 },
      },
      {
        ...{ what: 'bytes per address and day, pure noise', value: worst, unit: 'B' },
        bound: { atMost: 73 },
      },
    ],
  }
}

/** Packed bytes with the key, per address, of 64 blocks. */
async function measure(store: Store, make: () => BlockDay): Promise<number> {
  await store.run('DELETE FROM presence_day')
  for (let block = 0; block < BLOCKS; block++) {
    await keepDay(store, 1, (BASE >>> 8) + block, DAY, make())
  }
  const [row] = await store.query<{ bytes: number }>(
    'SELECT SUM(LENGTH(seen) + LENGTH(asked) + 16) AS bytes FROM presence_day',
  )
  return row!.bytes / (BLOCKS * 256)
}

type Random = () => number

/**
 * Who is there when, by kind of host: servers that lose an answer in 300, desktops that come and go
 * around nine and five with gaps, laptops in stretches, backup hosts at night, and the silent.
 */
function believableHost(offset: number, random: Random): (slot: number) => boolean {
  const kind = offset % 10
  const from = 96 + Math.floor(random() * 30)
  const to = 190 + Math.floor(random() * 40)
  let isAwake = random() < 0.5
  if (kind < 3) return () => random() > 1 / 300
  if (kind < 6) return (slot) => slot >= from && slot < to && random() > 0.02
  if (kind === 6) {
    return () => {
      if (random() < 0.05) isAwake = !isAwake
      return isAwake
    }
  }
  return kind === 7 ? (slot) => slot >= 24 && slot < 24 + (from % 9) : () => false
}

function makeDay(host: (offset: number) => (slot: number) => boolean): BlockDay {
  const seen = new Uint8Array(BLOCK_DAY_BYTES)
  const asked = new Uint8Array(BLOCK_DAY_BYTES)
  for (let offset = 0; offset < 256; offset++) {
    const isThere = host(offset)
    for (let slot = 0; slot < SLOTS_PER_DAY; slot++) {
      if (NOT_ASKED.includes(slot)) continue
      const byte = offset * ADDRESS_DAY_BYTES + (slot >>> 3)
      asked[byte]! |= 1 << (slot & 7)
      if (isThere(slot)) seen[byte]! |= 1 << (slot & 7)
    }
  }
  return { seen, asked }
}

function noise(random: Random): Uint8Array {
  return Uint8Array.from({ length: BLOCK_DAY_BYTES }, () => Math.floor(random() * 256))
}

/** Mulberry32 with a fixed seed: the same days at every run. */
function makeRandom(): Random {
  let state = 20_260_302
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
