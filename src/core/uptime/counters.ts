import { SLOTS_PER_DAY } from './slot.js'

/*
 * byte   0        4        8              1148
 *      +--------+--------+--------+ ... +--------+
 *      | 00:00  | 00:05  | 00:10  |     | 23:55  |   each: unsigned 32 bit, big-endian
 *      +--------+--------+--------+ ... +--------+
 */
export const COUNTERS_BYTES = 4 * SLOTS_PER_DAY

/** 288 counters, one per slot of the site's day. */
export type Counters = Uint32Array

/** How often an address answered (active) and was asked (total), per slot of day. */
export interface CounterPair {
  readonly active: Counters
  readonly total: Counters
}

export function emptyPair(): CounterPair {
  return { active: new Uint32Array(SLOTS_PER_DAY), total: new Uint32Array(SLOTS_PER_DAY) }
}

/** Reads the 1,152-byte blob; throws a RangeError where it has another length. */
export function decodeCounters(blob: Uint8Array): Counters {
  if (blob.byteLength !== COUNTERS_BYTES) {
    throw new RangeError(
      `core: counters take ${COUNTERS_BYTES} bytes, these have ${blob.byteLength}`,
    )
  }
  const view = new DataView(blob.buffer, blob.byteOffset, COUNTERS_BYTES)
  const counters = new Uint32Array(SLOTS_PER_DAY)
  for (let slot = 0; slot < SLOTS_PER_DAY; slot++) counters[slot] = view.getUint32(4 * slot)
  return counters
}

/** Writes the 1,152-byte blob. */
export function encodeCounters(counters: Counters): Uint8Array<ArrayBuffer> {
  const blob = new Uint8Array(COUNTERS_BYTES)
  const view = new DataView(blob.buffer)
  counters.forEach((count, slot) => {
    view.setUint32(4 * slot, count)
  })
  return blob
}

export function sum(counters: Counters): number {
  return counters.reduce((total, count) => total + count, 0)
}

/** floor(100 x active / total); undefined where nothing was asked. */
export function percentActive(active: number, total: number): number | undefined {
  return total === 0 ? undefined : Math.floor((100 * active) / total)
}
