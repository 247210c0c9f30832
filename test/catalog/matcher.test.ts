import fc from 'fast-check'
import { RE2JS } from 're2js'
import { expect, test } from 'vitest'
import { Automaton } from '../../src/catalog/automaton.js'
import { makeMatcher } from '../../src/catalog/matcher.js'
import { Texts } from '../../src/catalog/texts.js'
import { formatIp } from '../../src/core/address/ip.js'

const PATTERNS = [
  '10\\.0\\.',
  '^10\\.0\\.0\\.1$',
  '\\.(1|2|3)$',
  '[13579]$',
  '\\b5\\b',
  '\\B0',
  '(1|0|2)*3(1|0|2|\\.){2}',
  '(?:.*\\d){9}',
  '^.{11}$',
  '(?m)^b',
  'host',
  'HOST-[0-9]+',
  'é',
  'É',
  '[^\\x00-\\x7f]',
  '\\pL\\PL',
  'a|^$|b',
  '',
  '(?-i)A',
  '(?s)a.b',
  'a.b',
  '\\x{212a}',
  'ſ',
  '\\Qa.b\\E',
  '(?:[0-4].{5}|[5-9].{6}|[a-k].{7}){2}',
]
const TEXT = fc.oneof(
  fc.constantFrom('host-12.example', 'HOST', 'kelvin K', 'a\nb', 'é', 'É', 'straße', 's'),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
)

test.each(PATTERNS)('%s is found in texts and addresses as RE2JS finds it', (pattern) => {
  const compiled = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE)
  const reference = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE)
  fc.assert(
    fc.property(fc.array(TEXT, { maxLength: 10 }), fc.array(fc.nat(0xffffffff)), (given, ips) => {
      const texts = new Texts()
      const places = given.map((text) => texts.add(text))
      const matcher = makeMatcher(compiled, texts)
      for (const place of places) {
        const text = texts.read(place)
        expect(matcher.matchesText(place), text).toBe(text !== '' && reference.test(text))
      }
      for (const ip of [...ips, 0, 0x0a000001, 0x0a000002, 0xffffffff]) {
        expect(matcher.matchesIp(ip), formatIp(ip)).toBe(reference.test(formatIp(ip)))
      }
    }),
    { numRuns: 50 },
  )
})

test('a machine without room for its states leaves texts to RE2JS', () => {
  const pattern = '(?:[0-4].{5}|[5-9].{6}|[a-k].{7}|[l-z].{8}){2}#'
  const texts = new Texts()
  const given = Array.from(
    { length: 20_000 },
    (_, index) => `${spread(index).toString(36)}-${index.toString(36)}-0123456#`,
  )
  const places = given.map((text) => texts.add(text))
  const matcher = makeMatcher(RE2JS.compile(pattern), texts)
  const reference = RE2JS.compile(pattern)
  expect(places.map((place) => matcher.matchesText(place))).toEqual(
    given.map((text) => reference.test(text)),
  )
})

test('a machine without room for its states leaves addresses to RE2JS', () => {
  const pattern = '(?:0.{1,9}|1.{2,8}|2.{3,7}|3.{4,6}|[4-9].{1,5}|\\..{2,9}){2,4}[13]$'
  const ips = Array.from({ length: 2_000 }, (_, index) => spread(index))
  const matcher = makeMatcher(RE2JS.compile(pattern), new Texts())
  const reference = RE2JS.compile(pattern)
  expect(ips.map((ip) => matcher.matchesIp(ip))).toEqual(
    ips.map((ip) => reference.test(formatIp(ip))),
  )
})

test('this release of RE2JS has the machine that is walked', () => {
  expect(Automaton.of(RE2JS.compile('a.*b|c', RE2JS.CASE_INSENSITIVE))).toBeDefined()
})

/** All over 32 bits. */
function spread(index: number): number {
  return (index * 2_654_435_761) % 2 ** 32
}
