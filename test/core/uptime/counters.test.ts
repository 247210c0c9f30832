import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  COUNTERS_BYTES,
  decodeCounters,
  encodeCounters,
  percentActive,
  sum,
} from '../../../src/core/uptime/counters.js'

test('the blob has 1,152 bytes, slot s at byte 4s, highest byte first', () => {
  const counters = new Uint32Array(288)
  counters[0] = 1
  counters[1] = 0x01020304
  counters[287] = 0xffffffff
  const blob = Buffer.from(encodeCounters(counters))
  expect(blob.length).toBe(1_152)
  expect(blob.subarray(0, 8).toString('hex')).toBe('0000000101020304')
  expect(blob.subarray(1_148).toString('hex')).toBe('ffffffff')
})

test('what is written is read again, also from the middle of a larger buffer', () => {
  fc.assert(
    fc.property(
      fc.uint32Array({ minLength: 288, maxLength: 288 }),
      fc.nat({ max: 9 }),
      (counters, shift) => {
        const larger = Buffer.alloc(COUNTERS_BYTES + 10)
        larger.set(encodeCounters(counters), shift)
        const read = decodeCounters(larger.subarray(shift, shift + COUNTERS_BYTES))
        expect([...read]).toEqual([...counters])
        expect(sum(read)).toBe([...counters].reduce((a, b) => a + b, 0))
      },
    ),
  )
})

test.each([0, 1_151, 1_153])('a blob of %i bytes is refused', (length) => {
  expect(() => decodeCounters(new Uint8Array(length))).toThrow(RangeError)
})

test.each([
  [0, 0, undefined],
  [0, 5, 0],
  [1, 3, 33],
  [2, 3, 66],
  [199, 200, 99],
  [200, 200, 100],
])('%i of %i is %s percent', (active, total, percent) => {
  expect(percentActive(active, total)).toBe(percent)
})
