import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCsv } from '../../../src/core/address/csv.js'

const cellsOf = (text: string) => {
  const parsed = parseCsv(text)
  return parsed.ok ? parsed.value.map((record) => record.cells) : parsed.error
}

test.each([
  [
    'a,b\n1,2\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'a,b\r\n1,2',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'a,b\r1,2\r',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    '\ufeffa,b\n1,2',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'a;b\n1;2,5\n',
    [
      ['a', 'b'],
      ['1', '2,5'],
    ],
  ],
  [
    'a,b\n"x,y","say ""hi"""\n',
    [
      ['a', 'b'],
      ['x,y', 'say "hi"'],
    ],
  ],
  [
    'a,b\n"two\r\nlines",2\n',
    [
      ['a', 'b'],
      ['two\r\nlines', '2'],
    ],
  ],
  [
    'a,b\n\n\n1,\n',
    [
      ['a', 'b'],
      ['1', ''],
    ],
  ],
  ['a\n""\n', [['a']]],
  [
    "a,b\n'=x,'y\n",
    [
      ['a', 'b'],
      ['=x', "'y"],
    ],
  ],
  ['', []],
])('%j', (text, cells) => {
  expect(cellsOf(text)).toEqual(cells)
})

test('a mistake names the line that its record begins on', () => {
  expect(cellsOf('a,b\n1,2\n"open,3\n')).toBe(
    'line 3: a quoted cell is never closed: add the missing quote',
  )
  expect(cellsOf('a,b\n"x"y,2\n')).toMatch(/^line 2: "x" has text behind its closing quote/)
})

test('lines are counted through quoted line breaks', () => {
  const parsed = parseCsv('a\r\n"1\n2\r\n3"\r\n\r\nlast\r\n')
  expect(parsed.ok && parsed.value.map((record) => record.line)).toEqual([1, 2, 6])
})

test('whatever is quoted as RFC 4180 says comes back', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r', ' ', 'ü') })
  const rows = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(rows, (records) => {
      const quote = (text: string) => `"${text.replaceAll('"', '""')}"`
      const text = ['h1,h2', ...records.map((record) => record.map(quote).join(','))].join('\r\n')
      expect(cellsOf(text)).toEqual([['h1', 'h2'], ...records])
    }),
  )
})

test('a file of nothing but quotes and separators is read in one pass', () => {
  expect(cellsOf(`${'"'.repeat(200_001)}`)).toMatch(/never closed/)
  expect(cellsOf(','.repeat(200_000))).toHaveLength(1)
})
