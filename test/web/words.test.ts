import { expect, test } from 'vitest'
import { linkTo, parseFields, readNext, readNumber } from '../../src/web/input.js'
import { count, describeInstant } from '../../src/web/when.js'

const NOW = new Date('2026-03-11T12:00:00Z')

test.each([
  [0, 'just now'],
  [-20, 'just now'],
  [-60, '1 min ago'],
  [-300, '5 min ago'],
  [240, 'in 4 min'],
  [-5_340, '89 min ago'],
  [-7_200, '2 h ago'],
  [-172_700, '48 h ago'],
  [-172_800, '2 d ago'],
  [-86_400 * 400, '400 d ago'],
])('%i seconds from now is %j', (seconds, words) => {
  expect(describeInstant(new Date(NOW.getTime() + seconds * 1_000), NOW).relative).toBe(words)
})

test('an instant is told exactly, in UTC', () => {
  const { iso, exact } = describeInstant(new Date('2026-03-29T10:05:09.123Z'), NOW)
  expect([iso, exact]).toEqual(['2026-03-29T10:05:09.123Z', '2026-03-29 10:05:09 UTC'])
})

test('one and many', () => {
  expect([count(1, 'sweep'), count(0, 'sweep'), count(65_536, 'address', 'addresses')]).toEqual([
    '1 sweep',
    '0 sweeps',
    '65,536 addresses',
  ])
})

test('fields are text by name, whatever was sent', () => {
  const fields = parseFields('a=1&a=2&b[]=3&c[d]=4&__proto__=5&constructor=6&e=%00&f')
  expect(Object.entries(fields)).toEqual([
    ['a', '2'],
    ['b[]', '3'],
    ['c[d]', '4'],
    ['__proto__', '5'],
    ['constructor', '6'],
    ['e', '\0'],
    ['f', ''],
  ])
  expect(Object.getPrototypeOf(fields)).toBe(null)
  expect(fields.toString).toBeUndefined()
})

test.each([
  ['/addresses?match=%5E10&page=2', '/addresses?match=%5E10&page=2'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['/a b', '/'],
  ['/a\r\nSet-Cookie: x', '/'],
  [`/${'a'.repeat(3_000)}`, '/'],
  [undefined, '/'],
])('after the login, %j leads to %j', (asked, led) => {
  expect(readNext(asked)).toBe(led)
})

test.each([
  ['7', 7],
  ['0', 1],
  ['99', 50],
  ['-3', 4],
  ['1e3', 4],
  ['', 4],
  [undefined, 4],
  ['9'.repeat(400), 4],
])('the number %j between 1 and 50 is read as %i', (text, number) => {
  expect(readNumber(text, { min: 1, max: 50, otherwise: 4 })).toBe(number)
})

test('links leave out what is not asked for, and quote what is', () => {
  expect(linkTo('/a', { b: undefined, c: '' })).toBe('/a')
  expect(linkTo('/a', { match: '"><b>&', page: 2 })).toBe('/a?match=%22%3E%3Cb%3E%26&page=2')
})
