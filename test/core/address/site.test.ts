import { expect, test } from 'vitest'
import {
  mayShareEngine,
  parseEngine,
  parseSiteName,
  parseTag,
  parseTimeZone,
} from '../../../src/core/address/site.js'

test.each(['main', 'Büro Köln', 'site-2', 'a.b_c', '東京'])('%s names a site', (name) => {
  expect(parseSiteName(` ${name} `)).toEqual({ ok: true, value: name })
})

test.each(['', ' ', '-x', 'a\tb', 'x'.repeat(65), 'a/b', '\u001b[31mred'])(
  '%j does not name a site',
  (name) => {
    expect(parseSiteName(name)).toMatchObject({ ok: false, error: /is no name for a site/ })
  },
)

test.each(['Europe/Berlin', 'UTC', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/New_York'])(
  '%s is a time zone, kept as it is written',
  (zone) => {
    expect(parseTimeZone(zone)).toEqual({ ok: true, value: zone })
  },
)

test.each([
  ['Berlin', /"Berlin" is not a time zone: write Europe\/Berlin/],
  ['new york', /write America\/New_York/],
  ['Europe/Bonn', /write one such as Europe\/Berlin/],
  ['+02:00', /write one such as/],
  ['', /write one such as/],
])('%j is no time zone', (zone, error) => {
  expect(parseTimeZone(zone)).toMatchObject({ ok: false, error: expect.stringMatching(error) })
})

test('an engine is a name, or any', () => {
  expect(parseEngine('berlin-1')).toEqual({ ok: true, value: 'berlin-1' })
  expect(parseEngine('any')).toEqual({ ok: true, value: undefined })
  expect(parseEngine('a b').ok).toBe(false)
})

test('two sites may share an engine unless each has one of its own', () => {
  expect(mayShareEngine('a', 'b')).toBe(false)
  expect(mayShareEngine('a', 'a')).toBe(true)
  expect(mayShareEngine(undefined, 'b')).toBe(true)
})

test('a tag is one short line', () => {
  expect(parseTag(' branch ')).toEqual({ ok: true, value: 'branch' })
  expect(parseTag('a\nb').ok).toBe(false)
  expect(parseTag('x'.repeat(65)).ok).toBe(false)
})
