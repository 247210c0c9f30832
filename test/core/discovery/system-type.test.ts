import { describe, expect, test } from 'vitest'
import { type PortState, typeOfSystem } from '../../../src/core/discovery/system-type.js'

const STATES: Record<string, PortState> = { o: 'open', c: 'closed', f: 'filtered' }

/** `c23o` style: states of 22, 23, 80 and 135 in this order. */
function ports(shape: string): Map<number, PortState> {
  return new Map([22, 23, 80, 135].map((port, i) => [port, STATES[shape[i]!]!]))
}

const nothing = { isDown: false, os: undefined, guess: undefined, ports: new Map() }

describe('the type of a system', () => {
  test.each([
    ['Microsoft Windows 10 1709 - 1909', 'windows'],
    ['Microsoft Windows Server 2016', 'windows'],
    ['Linux 4.15 - 5.6', 'linux'],
    ['Linux 2.6.32 (embedded)', 'network'],
    ['Apple Mac OS X 10.11 (El Capitan)', 'mac'],
    ['Apple macOS 11 (Big Sur)', 'mac'],
    ['Apple iOS 15', 'network'],
    ['Cisco IOS 15.1', 'network'],
    ['HP LaserJet printer', 'network'],
  ])('whose fingerprint is that of %s is %s, whatever its ports', (os, type) => {
    for (const shape of ['cccc', 'ffff', 'oooo', 'ccco']) {
      expect(typeOfSystem({ ...nothing, os, ports: ports(shape) })).toBe(type)
    }
  })

  // As the original found them in its laboratory: 10.77.0.10 windows, .20 network, .30 filtered,
  // .99 phantom, .200 linux.
  test.each([
    ['ccco', 'windows'],
    ['ooco', 'windows'],
    ['fffo', 'windows'],
    ['ccoc', 'network'],
    ['cocc', 'network'],
    ['cooc', 'network'],
    ['oocc', 'network'],
    ['ooof', 'network'],
    ['fffc', 'phantom'],
    ['cccc', 'phantom'],
    ['ffff', 'filtered'],
    ['occc', 'linux'],
    ['ococ', 'linux'],
    ['cccf', 'linux'],
    ['cfof', 'linux'],
  ])('with ports %s and no fingerprint is %s', (shape, type) => {
    expect(typeOfSystem({ ...nothing, ports: ports(shape) })).toBe(type)
  })

  test('of all 81 shapes of ports is one of six, and only an open 135 makes windows', () => {
    const letters = ['o', 'c', 'f']
    const shapes = letters.flatMap((a) =>
      letters.flatMap((b) => letters.flatMap((c) => letters.map((d) => a + b + c + d))),
    )
    const types = shapes.map((shape) => typeOfSystem({ ...nothing, ports: ports(shape) }))
    const count = (type: string) => types.filter((it) => it === type).length
    expect(shapes.filter((_, i) => types[i] === 'windows').every((s) => s[3] === 'o')).toBe(true)
    expect(['windows', 'network', 'phantom', 'filtered', 'linux'].map(count)).toEqual([
      27, 9, 2, 1, 42,
    ])
  })

  test('that does not answer is a phantom, whatever it once was', () => {
    expect(typeOfSystem({ ...nothing, isDown: true, os: 'Linux 5.4' })).toBe('phantom')
  })

  test('is told by a guess only where the ports tell nothing', () => {
    const guess = 'Microsoft Windows 11'
    expect(typeOfSystem({ ...nothing, guess, ports: ports('occc') })).toBe('windows')
    expect(typeOfSystem({ ...nothing, guess, ports: ports('ccoc') })).toBe('network')
  })

  test('without any word on its ports is filtered', () => {
    expect(typeOfSystem(nothing)).toBe('filtered')
  })
})
