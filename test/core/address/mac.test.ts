import { expect, test } from 'vitest'
import {
  formatMac,
  isLocallyAdministered,
  LOCAL_VENDOR,
  parseMac,
  vendorOf,
} from '../../../src/core/address/mac.js'
import { readVendors } from '../../../src/store/vendors.js'

const macOf = (text: string) => {
  const parsed = parseMac(text)
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}

test.each([
  ['02:00:0a:ff:00:09', 0x02000aff0009],
  ['00-1B-1B-00-00-01', 0x001b1b000001],
  ['ffffffffffff', 0xffffffffffff],
  ['00:00:00:00:00:00', 0],
])('%s is read and written as 48 bits', (text, mac) => {
  expect(macOf(text)).toBe(mac)
  expect(formatMac(mac)).toBe(
    text
      .replace(/[-:]/g, '')
      .replace(/(..)(?=.)/g, '$1:')
      .toLowerCase(),
  )
})

test.each(['', '02:00', '02:00:0a:ff:00:0g', '02:00:0a:ff:00:09:11'])('"%s" is refused', (text) => {
  const parsed = parseMac(text)
  expect(parsed.ok ? '' : parsed.error).toMatch(/is not a MAC: write it as 02:00:0a:ff:00:09/)
})

test.each([
  ['02:00:00:00:00:01', true],
  ['da:a1:19:12:34:56', true],
  ['00:00:00:00:00:01', false],
  ['fc:ff:ff:ff:ff:ff', false],
  ['fe:ff:ff:ff:ff:ff', true],
])('%s is locally administered: %s', (text, isLocal) => {
  expect(isLocallyAdministered(macOf(text))).toBe(isLocal)
})

test('the longest prefix names the vendor, and a local MAC has none', () => {
  const table = new Map([
    ['0055da', 'IEEE Registration Authority'],
    ['0055da0', 'Seven Ltd.'],
    ['0055da012', 'Nine Inc.'],
    ['020701', 'Racal'],
    ['aabbcc', ''],
  ])
  expect(vendorOf(macOf('00:55:da:f0:00:00'), table)).toBe('IEEE Registration Authority')
  expect(vendorOf(macOf('00:55:da:0f:00:00'), table)).toBe('Seven Ltd.')
  expect(vendorOf(macOf('00:55:da:01:23:45'), table)).toBe('Nine Inc.')
  expect(vendorOf(macOf('02:07:01:00:00:01'), table)).toBe('Racal')
  expect(vendorOf(macOf('02:00:00:00:00:01'), table)).toBe(LOCAL_VENDOR)
  expect(vendorOf(macOf('00:11:22:00:00:01'), table)).toBeUndefined()
  expect(vendorOf(macOf('aa:bb:cc:00:00:01'), table)).toBe(LOCAL_VENDOR)
})

test('the list of vendors is read whole, as names on one line that a column can hold', async () => {
  const table = await readVendors()
  expect(table.size).toBeGreaterThan(50_000)
  expect(vendorOf(macOf('00:00:0c:12:34:56'), table)).toMatch(/^Cisco Systems/)
  expect(vendorOf(macOf('00:1b:1b:00:00:01'), table)).toMatch(/^Siemens/i)
  const names = [...table.values()]
  expect(names.filter((name) => name.length > 128 || /\p{C}/u.test(name))).toEqual([])
  expect(
    [...table.keys()].filter((prefix) => !/^([0-9a-f]{6}|[0-9a-f]{7}|[0-9a-f]{9})$/.test(prefix)),
  ).toEqual([])
})
