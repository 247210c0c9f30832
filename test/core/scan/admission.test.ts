import { expect, test } from 'vitest'
import { type NetworkRange, parseRange } from '../../../src/core/address/network.js'
import {
  admit,
  admitAll,
  countProbed,
  findOverload,
  type Ground,
  type Plot,
  plotOf,
} from '../../../src/core/scan/admission.js'
import { draftNetwork } from '../../../src/core/scan/network-draft.js'

const range = (text: string): NetworkRange => {
  const parsed = parseRange(text)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}
const draft = (network: string, name = '', rate?: string) => {
  const drafted = draftNetwork({ network, name, packets_per_second: rate })
  if (!drafted.ok) throw new Error(drafted.mistakes[0]?.error)
  return drafted.value
}
const SITES = [
  { id: 1, name: 'main', engine: undefined },
  { id: 2, name: 'berlin', engine: 'b' },
  { id: 3, name: 'paris', engine: 'p' },
]
const EMPTY: Ground = {
  sites: SITES,
  plots: [],
  exclusions: [],
  packetLimit: 2_000,
  standardRate: 500,
}
const saved = (id: number, siteId: number, network: string, name = ''): Plot =>
  plotOf({ siteId, draft: draft(network, name) }, EMPTY, id)
const ground = (...plots: Plot[]): Ground => ({ ...EMPTY, plots })
const answer = (plot: Plot, on: Ground) => {
  const admitted = admit(plot, on)
  return admitted.ok ? 'admitted' : admitted.error
}

test('networks that touch are admitted, networks that overlap are not', () => {
  const on = ground(saved(1, 1, '10.0.1.0/24', 'Office'))
  expect(answer(plotOf({ siteId: 1, draft: draft('10.0.0.0/24') }, on), on)).toBe('admitted')
  expect(answer(plotOf({ siteId: 1, draft: draft('10.0.2.0/24') }, on), on)).toBe('admitted')
  expect(answer(plotOf({ siteId: 1, draft: draft('10.0.0.0-10.0.1.0') }, on), on)).toBe(
    '10.0.0.0-10.0.1.0 overlaps 10.0.1.0/24 (Office): choose a range beside it, or remove that network first',
  )
  expect(answer(plotOf({ siteId: 1, draft: draft('10.0.0.0/16') }, on), on)).toMatch(
    /^10\.0\.0\.0\/16 overlaps/,
  )
})

test('a network does not overlap itself', () => {
  const on = ground(saved(1, 1, '10.0.1.0/24'))
  expect(answer(plotOf({ siteId: 1, draft: draft('10.0.0.0/23') }, on, 1), on)).toBe('admitted')
})

test('two sites may have the same network where each has an engine of its own', () => {
  const on = ground(saved(1, 2, '10.0.0.0/24', 'Berlin'))
  expect(answer(plotOf({ siteId: 3, draft: draft('10.0.0.0/24') }, on), on)).toBe('admitted')
  expect(answer(plotOf({ siteId: 1, draft: draft('10.0.0.0/24') }, on), on)).toMatch(
    /overlaps 10\.0\.0\.0\/24 \(Berlin\) of site berlin, which the same engine may sweep: give each site an engine/,
  )
})

test('only what the same engine sweeps counts towards its limit', () => {
  const many = (siteId: number) =>
    ['10.0.0.0/16', '10.1.0.0/16', '10.2.0.0/16', '10.3.0.0/16', '10.4.0.0/16'].map((network, i) =>
      saved(siteId * 10 + i, siteId, network),
    )
  const on = ground(...many(2))
  expect(answer(plotOf({ siteId: 2, draft: draft('10.9.0.0/16') }, on), on)).toMatch(
    /^10\.9\.0\.0\/16: a sweep of 65,534 addresses every 5 minutes, together with/,
  )
  expect(answer(plotOf({ siteId: 3, draft: draft('10.9.0.0/16') }, on), on)).toBe('admitted')
  const off = ground(...many(2).map((plot) => ({ ...plot, enabled: false })))
  expect(answer(plotOf({ siteId: 2, draft: draft('10.9.0.0/16') }, off), off)).toBe('admitted')
  expect(findOverload(on)).toBeUndefined()
  expect(findOverload({ ...on, packetLimit: 1_000 })).toBe(1_754)
  expect(findOverload({ ...off, packetLimit: 1_000 })).toBeUndefined()
})

test('exclusions of the own site make a network cheaper', () => {
  const exclusions = [
    { ...range('10.0.0.0-10.0.0.99'), reason: 'dhcp' as const, siteId: 1 },
    { ...range('10.0.0.100-10.0.0.199'), reason: 'never-scan' as const, siteId: 2 },
  ]
  expect(countProbed({ ...range('10.0.0.0/24'), siteId: 1 }, exclusions)).toBe(155)
  expect(countProbed({ ...range('10.0.0.0/24'), siteId: 3 }, exclusions)).toBe(254)
})

test('a network without a rate takes the setting, but not more than the limit', () => {
  expect(plotOf({ siteId: 1, draft: draft('10.0.0.0/24') }, EMPTY).packetsPerSecond).toBe(500)
  const low = { ...EMPTY, packetLimit: 100 }
  expect(plotOf({ siteId: 1, draft: draft('10.0.0.0/24') }, low).packetsPerSecond).toBe(100)
  expect(plotOf({ siteId: 1, draft: draft('10.0.0.0/24', '', '7') }, low).packetsPerSecond).toBe(7)
})

test('of several at once each must find room beside those before it, which are named by origin', () => {
  const candidates = [
    { siteId: 1, draft: draft('10.0.0.0/24'), origin: 'line 2' },
    { siteId: 1, draft: draft('10.0.1.0/24', 'B'), origin: 'line 3' },
    { siteId: 1, draft: draft('10.0.1.128/25'), origin: 'line 4' },
    { siteId: 1, draft: draft('10.0.2.0/24'), origin: 'line 5' },
  ]
  const { costs, mistakes } = admitAll(candidates, EMPTY)
  expect(costs).toHaveLength(3)
  expect(mistakes).toEqual([
    {
      candidate: candidates[2],
      error:
        '10.0.1.128/25 overlaps 10.0.1.0/24 (B) of line 3: choose a range beside it, or remove that network first',
    },
  ])
})
