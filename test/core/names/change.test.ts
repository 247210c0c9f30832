import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  dueAfter,
  type Finding,
  type HeldName,
  isWorthAsking,
  NAME_SOURCES,
  type NameAnswer,
  type NameSource,
  readSourceOrder,
  weigh,
} from '../../../src/core/names/change.js'

const ORDER = NAME_SOURCES
const held = (name: string, source: NameSource = 'ptr'): HeldName => ({ name, source })
const said = (name: string, source: NameSource = 'ptr'): Finding => ({
  source,
  answer: { state: 'named', names: [name], ttl: 60 },
})
const nameless = (source: NameSource = 'ptr'): Finding => ({
  source,
  answer: { state: 'nameless', ttl: 0 },
})
const failed = (source: NameSource = 'ptr'): Finding => ({
  source,
  answer: { state: 'failed', reason: 'timeout' },
})

describe('what answers mean', () => {
  const cases: [string, HeldName | undefined, Finding[], string, string | undefined][] = [
    ['a first name', undefined, [said('a')], 'gained', 'a'],
    ['the same again', held('a'), [said('a')], 'confirmed', 'a'],
    ['in other letters', held('a'), [said('A')], 'respelled', 'A'],
    ['another', held('a'), [said('b')], 'renamed', 'b'],
    ['none any more', held('a'), [nameless()], 'lost', undefined],
    ['none as ever', undefined, [nameless()], 'nameless', undefined],
    ['no answer', held('a'), [failed()], 'unheard', 'a'],
    ['no answer about an unknown', undefined, [failed()], 'unheard', undefined],
    ['DNS lost it, NetBIOS has one', held('a'), [nameless(), said('b', 'netbios')], 'renamed', 'b'],
    [
      'a worse source against a standing name',
      held('a'),
      [failed(), said('b', 'netbios')],
      'unheard',
      'a',
    ],
    ['a better source', held('a', 'mdns'), [said('b')], 'renamed', 'b'],
    [
      'DNS has none, NetBIOS is silent',
      held('a', 'netbios'),
      [nameless(), failed('netbios')],
      'unheard',
      'a',
    ],
    ['DNS against SNMP', held('a', 'snmp'), [said('b')], 'unheard', 'a'],
    ['the same name from another source', held('a', 'mdns'), [said('a')], 'respelled', 'a'],
  ]
  test.each(cases)('%s', (_, before, findings, kind, name) => {
    const change = weigh(before, findings, ORDER)
    expect([change.kind, change.now?.name]).toEqual([kind, name])
  })

  test('failures alone never change anything', () => {
    const source = fc.constantFrom(...NAME_SOURCES)
    fc.assert(
      fc.property(fc.option(source), fc.array(source), (holder, sources) => {
        const before = holder === null ? undefined : held('a', holder)
        expect(weigh(before, sources.map(failed), ORDER)).toEqual({ kind: 'unheard', now: before })
      }),
    )
  })
})

test('sources are asked until one names the address, none below a name that stands', () => {
  const asks = (next: NameSource, before: HeldName | undefined, findings: Finding[]) =>
    isWorthAsking(next, before, findings, ORDER)
  expect(asks('ptr', undefined, [])).toBe(true)
  expect(asks('netbios', undefined, [said('a')])).toBe(false)
  expect(asks('netbios', undefined, [nameless()])).toBe(true)
  expect(asks('netbios', held('a'), [nameless()])).toBe(true)
  expect(asks('netbios', held('a'), [failed()])).toBe(false)
  expect(asks('netbios', held('a', 'netbios'), [failed()])).toBe(true)
  expect(asks('mdns', held('a', 'netbios'), [nameless(), failed('netbios')])).toBe(false)
})

test('a source order is read, and what it leaves out follows', () => {
  expect(readSourceOrder('netbios, dns')).toEqual(['netbios', 'ptr', 'snmp', 'mdns', 'agent'])
  expect(readSourceOrder('')).toEqual([...NAME_SOURCES])
})

describe('when to ask again', () => {
  const limits = { minAgeSeconds: 900, maxAgeSeconds: 86_400 }
  const now = new Date('2026-05-04T10:00:00Z')
  const secondsAfter = (answer: NameAnswer) =>
    (dueAfter([{ source: 'ptr', answer }], limits, now).getTime() - now.getTime()) / 1_000
  test.each([
    [0, 900],
    [3_600, 3_600],
    [604_800, 86_400],
  ])('a TTL of %i s: after %i s', (ttl, seconds) => {
    expect(secondsAfter({ state: 'named', names: ['a'], ttl })).toBe(seconds)
    expect(secondsAfter({ state: 'nameless', ttl })).toBe(seconds)
  })
  test('a failure: soon', () => {
    expect(secondsAfter({ state: 'failed', reason: 'timeout' })).toBe(900)
  })
})
