import { expect, test } from 'vitest'
import { formatIp } from '../../../src/core/address/ip.js'
import { formatNetwork } from '../../../src/core/address/network.js'
import {
  type DraftFields,
  draftNetwork,
  type NetworkDraft,
} from '../../../src/core/scan/network-draft.js'

const drafted = (fields: DraftFields, kept?: NetworkDraft): NetworkDraft => {
  const result = draftNetwork(fields, kept)
  if (!result.ok) throw new Error(result.mistakes.map((m) => m.error).join('; '))
  return result.value
}
const refused = (fields: DraftFields, kept?: NetworkDraft) => {
  const result = draftNetwork(fields, kept)
  return result.ok ? [] : result.mistakes.map((mistake) => `${mistake.field}: ${mistake.error}`)
}

test('a network alone takes the defaults', () => {
  const { range, ...rest } = drafted({ network: '192.0.2.0/24' })
  expect(formatNetwork(range)).toBe('192.0.2.0/24')
  expect(rest).toEqual({
    name: '',
    tag: '',
    vlan: undefined,
    notes: '',
    sweepMinutes: 5,
    packetsPerSecond: undefined,
    gateway: undefined,
    enabled: true,
  })
})

test('every field is read', () => {
  const draft = drafted({
    network: '192.0.2.0/24',
    name: ' Büro ',
    tag: 'floor 2',
    vlan: '12',
    notes: 'two\nlines',
    sweep_minutes: '30',
    packets_per_second: '50',
    gateway: '192.0.2.1',
    enabled: 'no',
  })
  expect(draft).toMatchObject({ name: 'Büro', tag: 'floor 2', vlan: 12, notes: 'two\nlines' })
  expect(draft).toMatchObject({ sweepMinutes: 30, packetsPerSecond: 50, enabled: false })
  expect(formatIp(draft.gateway!)).toBe('192.0.2.1')
})

test('every mistake is named at once, beside its field', () => {
  const mistakes = refused({
    network: '192.0.2.5/24',
    name: 'a\u001bb',
    tag: 'x'.repeat(65),
    vlan: '4095',
    notes: 'x'.repeat(2_001),
    sweep_minutes: '7',
    packets_per_second: '0',
    gateway: '10.1',
    enabled: 'perhaps',
  })
  expect(mistakes.map((mistake) => mistake.split(':')[0])).toEqual([
    'network',
    'name',
    'tag',
    'vlan',
    'notes',
    'sweep_minutes',
    'packets_per_second',
    'gateway',
    'enabled',
  ])
  expect(mistakes.join('\n')).not.toContain('\u001b')
})

test.each([
  [{}, /network: a network is missing/],
  [{ packets_per_second: '0' }, /a rate of 0 packets per second sweeps nothing: give at least 1/],
  [{ packets_per_second: '1.5' }, /"1\.5" is no rate: give whole packets per second from 1/],
  [{ packets_per_second: '-5' }, /"-5" is no rate/],
  [{ packets_per_second: '1e9' }, /"1e9" is no rate/],
  [{ packets_per_second: '1000001' }, /is no rate/],
  [{ sweep_minutes: '0' }, /choose 5, 10, 15, 30 or 60 minutes/],
  [{ vlan: '0' }, /"0" is no VLAN: give a number from 1 to 4094/],
  [{ vlan: 'x' }, /is no VLAN/],
  [{ gateway: '192.0.3.1' }, /no host's address in 192\.0\.2\.0\/24/],
  [{ gateway: '192.0.2.0' }, /no host's address/],
  [{ gateway: '192.0.2.255' }, /no host's address/],
])('%j is refused', (fields, error) => {
  const network = Object.keys(fields).length === 0 ? {} : { network: '192.0.2.0/24' }
  expect(refused({ ...network, ...fields })).toEqual([expect.stringMatching(error)])
})

test('an edit keeps what is not given, and clears what is told so', () => {
  const before = drafted({
    network: '192.0.2.0/24',
    name: 'Office',
    vlan: '7',
    gateway: '192.0.2.1',
    packets_per_second: '20',
  })
  expect(drafted({}, before)).toEqual(before)
  expect(drafted({ name: 'Lab' }, before)).toEqual({ ...before, name: 'Lab' })
  expect(drafted({ vlan: 'none', gateway: 'none', name: '' }, before)).toEqual({
    ...before,
    name: '',
    vlan: undefined,
    gateway: undefined,
  })
})

test('an edit to a range without the gateway names the gateway', () => {
  const before = drafted({ network: '192.0.2.0/24', gateway: '192.0.2.1' })
  expect(refused({ network: '198.51.100.0/24' }, before)).toEqual([
    expect.stringMatching(/^gateway: the gateway is no host's address in 198\.51\.100\.0\/24/),
  ])
})
