import { describe, expect, test } from 'vitest'
import { type Evidence, judge, pickCanaries } from '../../../src/core/scan/blindness.js'

const NOW = new Date('2026-05-01T12:00:00Z')
const HOURS_AGO = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000)
const SILENT: Evidence = {
  ownOutage: undefined,
  canaries: 5,
  canariesAnswering: 0,
  areStandIns: false,
  gateway: 'answering',
  otherNetworks: 'answering',
  darkSince: undefined,
  isBelieved: false,
  darkHours: 24,
  now: NOW,
}

test.each<[string, Partial<Evidence>, string]>([
  ['no route, whatever the canaries say', { ownOutage: 'no route', canariesAnswering: 5 }, 'blind'],
  ['one canary answers', { canariesAnswering: 1 }, 'well'],
  [
    'a new network has no canaries',
    { canaries: 0, gateway: 'silent', otherNetworks: 'silent' },
    'well',
  ],
  ['two silent canaries prove nothing', { canaries: 2 }, 'well'],
  ['stand-ins do not show that a network is dark', { areStandIns: true }, 'well'],
  [
    'stand-ins show that we are cut off',
    { areStandIns: true, gateway: 'silent', otherNetworks: 'silent' },
    'blind',
  ],
  [
    'dark for an hour, and its canaries are none any more',
    { darkSince: HOURS_AGO(1), canaries: 0 },
    'dark',
  ],
  [
    'believed, and its canaries are none any more',
    { darkSince: HOURS_AGO(30), isBelieved: true, canaries: 0 },
    'believed',
  ],
  ['dark for an hour, and one answers', { darkSince: HOURS_AGO(1), canariesAnswering: 1 }, 'well'],
  ['all silent, gateway and others answer', {}, 'dark'],
  ['all silent, gateway silent, others answer', { gateway: 'silent' }, 'dark'],
  ['all silent, gateway answers, others silent', { otherNetworks: 'silent' }, 'dark'],
  ['all silent, gateway and others too', { gateway: 'silent', otherNetworks: 'silent' }, 'blind'],
  [
    'all silent, gateway too, no others',
    { gateway: 'silent', otherNetworks: 'not asked' },
    'blind',
  ],
  [
    'all silent on the link, others too',
    { gateway: 'not asked', otherNetworks: 'silent' },
    'blind',
  ],
  [
    'all silent on the link, nobody else to ask',
    { gateway: 'not asked', otherNetworks: 'not asked' },
    'dark',
  ],
  ['dark for 23 hours', { darkSince: HOURS_AGO(23) }, 'dark'],
  ['dark for 24 hours', { darkSince: HOURS_AGO(24) }, 'believed'],
  ['believed before', { darkSince: HOURS_AGO(25), isBelieved: true }, 'believed'],
  [
    'dark for long, and now we are cut off',
    { darkSince: HOURS_AGO(99), gateway: 'silent', otherNetworks: 'silent' },
    'blind',
  ],
])('%s: %o gives %s', (_, change, state) => {
  expect(judge({ ...SILENT, ...change }).state).toBe(state)
})

test('a dark network keeps the time at which it became dark', () => {
  expect(judge({ ...SILENT, darkSince: HOURS_AGO(3) })).toMatchObject({ since: HOURS_AGO(3) })
  expect(judge(SILENT)).toMatchObject({ since: NOW })
})

describe('canaries', () => {
  test('a host that is usually off at this time of day is none', () => {
    const candidates = [
      { ip: 1, activeNow: 30, totalNow: 30 },
      { ip: 2, activeNow: 3, totalNow: 30 },
      { ip: 3, activeNow: 0, totalNow: 0 },
    ]
    expect(pickCanaries(candidates)).toEqual([1, 3])
  })

  test('there are at most 16', () => {
    const many = Array.from({ length: 40 }, (_, ip) => ({ ip, activeNow: 1, totalNow: 1 }))
    expect(pickCanaries(many)).toHaveLength(16)
  })
})
