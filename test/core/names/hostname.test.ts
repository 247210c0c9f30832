import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanLabels, foldName, readGenericPatterns } from '../../../src/core/names/hostname.js'

const bytes = (text: string) => Buffer.from(text, 'latin1')

describe('cleaning', () => {
  test('keeps the case and every plain byte', () => {
    expect(cleanLabels([bytes('Host_1-a'), bytes('Example')])).toBe('Host_1-a.Example')
  })

  test('whatever came, one line of at most 255 plain characters is left', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 63 }), { maxLength: 6 }),
        (labels) => {
          expect(cleanLabels(labels)).toMatch(/^[A-Za-z0-9_.\\-]{0,255}$/)
        },
      ),
    )
  })

  test('different labels stay different, where they are not cut', () => {
    const label = fc.uint8Array({ minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(fc.array(label, { maxLength: 3 }), fc.array(label, { maxLength: 3 }), (a, b) => {
        const isSame = Buffer.from(JSON.stringify(a)).equals(Buffer.from(JSON.stringify(b)))
        expect(cleanLabels(a) === cleanLabels(b)).toBe(isSame)
      }),
    )
  })

  test('is cut at a whole escape', () => {
    const cut = cleanLabels([new Uint8Array(63).fill(7), new Uint8Array(63).fill(7)])
    expect(cut).toMatch(/^(\\007|\.)+$/)
    expect(cut.length).toBeLessThanOrEqual(255)
  })

  test('names are compared without case', () => {
    expect(foldName('PRINTER7.Example')).toBe('printer7.example')
  })
})

describe('generic names', () => {
  const ip = 0x0a000107
  test.each([
    'ip-10-0-1-7.example',
    '7.1.0.10.pool.example',
    'host010000001007.example',
    'h0a000107.example',
    'dhcp-10_0_1_7',
    '10.0.1.7',
  ])('%s holds the address 10.0.1.7', (name) => {
    expect(readGenericPatterns('{ip}')(name, ip)).toBe(true)
  })

  test.each(['ip-110-0-1-7', 'ip-10-0-1-77', 'printer7', 'xf0a000107'])('%s does not', (name) => {
    expect(readGenericPatterns('{ip}')(name, ip)).toBe(false)
  })

  test.each([
    ['dhcp-*', 'DHCP-kitchen', true],
    ['dhcp-*', 'no-dhcp-here', false],
    ['*-pool-*', 'a-pool-b', true],
    ['pc?', 'pc1', true],
    ['pc?', 'pc12', false],
    ['a*b*c', 'aXbYbZc', true],
    ['', 'anything', false],
  ])('%j fits %s: %s', (patterns, name, isGeneric) => {
    expect(readGenericPatterns(patterns)(name, ip)).toBe(isGeneric)
  })

  test('no pattern takes long', () => {
    const isGeneric = readGenericPatterns(`${'*a'.repeat(60)}*b`)
    expect(isGeneric('a'.repeat(255), ip)).toBe(false)
  })
})
