import { expect, test } from 'vitest'
import { parseIp } from '../../../src/core/address/ip.js'
import { parseNetwork, parseRange } from '../../../src/core/address/network.js'
import {
  judgeCandidate,
  type OsCandidate,
  type OsGround,
  shareOfHour,
  takeBatch,
} from '../../../src/core/scan/os-plan.js'

const NOW = new Date('2026-03-01T10:02:00Z')
const minutesAgo = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000)
const must = <T>(parsed: { ok: true; value: T } | { ok: false; error: string }): T => {
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}
const network = (text: string, sweepMinutes = 5, enabled = true) => ({
  ...must(parseNetwork(text)),
  sweepMinutes,
  enabled,
})
const range = (text: string) => must(parseRange(text))

const GROUND: OsGround = {
  networks: [network('10.1.0.0/24'), network('10.2.0.0/24', 60), network('10.3.0.0/24', 5, false)],
  exclusions: [
    { ...range('10.1.0.16/28'), reason: 'never-scan' },
    { ...range('10.1.0.32/28'), reason: 'dhcp' },
    { ...range('10.1.0.48/28'), reason: 'reserved' },
  ],
  fragileRanges: [range('10.1.0.64/28')],
  fragileVendors: ['siemens'],
}

function judge(ip: string, given: Partial<OsCandidate> = {}) {
  const candidate = {
    siteId: 1,
    ip: must(parseIp(ip)),
    isFragile: false,
    vendor: undefined,
    lastActive: minutesAgo(2),
    hasFailed: false,
    ...given,
  }
  return judgeCandidate(candidate, GROUND, NOW)
}

test.each([
  ['10.1.0.1', 'ask'],
  ['10.1.0.15', 'ask'],
  ['10.1.0.16', 'excluded'],
  ['10.1.0.31', 'excluded'],
  ['10.1.0.32', 'excluded'],
  ['10.1.0.48', 'ask'],
  ['10.1.0.64', 'fragile'],
  ['10.1.0.79', 'fragile'],
  ['10.1.0.80', 'ask'],
  ['10.1.0.0', 'excluded'],
  ['10.1.0.255', 'excluded'],
  ['10.3.0.1', 'excluded'],
  ['10.9.0.1', 'excluded'],
])('%s: %s', (ip, verdict) => {
  expect(judge(ip)).toBe(verdict)
})

test('a mark on the address, or on any part of its vendor in any case, keeps it from being asked', () => {
  expect(judge('10.1.0.1', { isFragile: true })).toBe('fragile')
  expect(judge('10.1.0.1', { vendor: 'SIEMENS AG' })).toBe('fragile')
  expect(judge('10.1.0.1', { vendor: 'Nokia Siemens Networks' })).toBe('fragile')
  expect(judge('10.1.0.1', { vendor: 'Sie' })).toBe('ask')
})

test('only who was seen in the last sweeps of its network is asked', () => {
  expect(judge('10.1.0.1', { lastActive: minutesAgo(15) })).toBe('ask')
  expect(judge('10.1.0.1', { lastActive: minutesAgo(16) })).toBe('away')
  expect(judge('10.2.0.1', { lastActive: minutesAgo(120) })).toBe('ask')
  expect(judge('10.2.0.1', { lastActive: minutesAgo(126) })).toBe('away')
  expect(judge('10.1.0.1', { lastActive: undefined })).toBe('away')
})

test.each([
  [60, 0, 5],
  [60, 57, 3],
  [60, 60, 0],
  [60, 99, 0],
  [0, 0, 0],
  [1, 0, 1],
  [1, 1, 0],
  [6_000, 0, 500],
])('of %i an hour, after %i in the last one, a run may ask %i', (perHour, asked, share) => {
  expect(shareOfHour(perHour, asked)).toBe(share)
})

test('who has spoiled a run is asked alone, and others without it', () => {
  const [a, b, c] = [{ hasFailed: false }, { hasFailed: true }, { hasFailed: false }]
  expect(takeBatch([a!, b!, c!], 9)).toEqual([a, c])
  expect(takeBatch([a!, b!, c!], 1)).toEqual([a])
  expect(takeBatch([b!, a!, c!], 9)).toEqual([b])
  expect(takeBatch([], 9)).toEqual([])
})
