import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { text as readAll } from 'node:stream/consumers'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Format, printRows } from '../../src/cli/output.js'
import { parseCsv } from '../../src/core/address/csv.js'
import type { Cell, Column } from '../../src/core/listing/column.js'

interface Row {
  readonly name: Cell
  readonly count?: Cell
}
const COLUMNS: readonly Column<Row>[] = [
  { name: 'name', value: (row) => row.name },
  { name: 'count', value: (row) => row.count },
]

async function print(
  rows: Iterable<Row> | AsyncIterable<Row>,
  format: Format,
  columns: readonly Column<Row>[] = COLUMNS,
): Promise<string> {
  const out = new PassThrough()
  const printed = readAll(out)
  await printRows(rows, columns, { format, out })
  out.end()
  return printed
}

/** What a hostile device could call itself. */
const ESCAPES = ['\u001b[2J', '\u009b31m', '\u0007', '\u0000', '\u007f', '\u202e', '\u2066', '\r']

describe('a table', () => {
  test('aligns its columns, numbers to the right', async () => {
    const rows = [
      { name: 'short', count: 7 },
      { name: 'a longer one', count: 1_200 },
      { name: 'none' },
    ]
    expect(await print(rows, 'table')).toBe(
      ['name          count', 'short             7', 'a longer one   1200', 'none', ''].join('\n'),
    )
  })

  test('shows times in ISO 8601 UTC, and yes and no', async () => {
    const rows = [{ name: new Date('2026-03-01T10:00:00Z'), count: true }]
    expect(await print(rows, 'table')).toContain('2026-03-01T10:00:00Z  yes')
  })

  test('is nothing where there is no row', async () => {
    expect(await print([], 'table')).toBe('')
  })

  test.each(ESCAPES)('lets no %j through', async (sequence) => {
    const printed = await print([{ name: `a${sequence}b\nc\td` }], 'table')
    expect(printed.split('\n')).toHaveLength(3)
    expect(printed.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
  })
})

describe('CSV', () => {
  test('has a header and CRLF line ends, and quotes as RFC 4180 says', async () => {
    const rows = [{ name: 'a,"b"', count: 1 }, { name: 'two\nlines' }]
    expect(await print(rows, 'csv')).toBe('name,count\r\n"a,""b""",1\r\n"two\nlines",\r\n')
    expect(await print([], 'csv')).toBe('name,count\r\n')
  })

  test.each(['=1+1', '+1', '-1+cmd|x', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '\uff1d1'])(
    'starts no formula with %j',
    async (cell) => {
      const [, record] = (await print([{ name: cell }], 'csv')).split(/\r\n/)
      expect(record).toMatch(/^"?'/)
    },
  )

  test('leaves numbers as they are, also below zero', async () => {
    expect(await print([{ name: 'a', count: -5 }], 'csv')).toContain('a,-5')
  })

  test('quotes a semicolon, which some spreadsheets split at', async () => {
    expect(await print([{ name: 'a;=1' }], 'csv')).toContain('"a;=1"')
  })

  test.each(ESCAPES.filter((sequence) => sequence !== '\r'))(
    'lets no %j through',
    async (sequence) => {
      expect(await print([{ name: `a${sequence}b` }], 'csv')).not.toContain(sequence)
    },
  )

  test('reads back as what was printed, without the guard', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', '=', '-', '"', ',', ';', '\n', ' ', 'ü', "'"),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { maxLength: 6 }), async (cells) => {
        const names = cells.filter((name) => !/^'[=+\-@]/.test(name))
        const printed = await print(
          names.map((name) => ({ name, count: 1 })),
          'csv',
        )
        const parsed = parseCsv(printed)
        const read = parsed.ok
          ? parsed.value.slice(1).map((record) => record.cells[0])
          : parsed.error
        expect(read).toEqual(names.map((name) => (name.startsWith('\n') ? `'${name}` : name)))
      }),
    )
  })
})

describe('JSON', () => {
  test('is one array of objects under the names of the columns', async () => {
    const rows = [
      { name: 'a', count: 1 },
      { name: new Date('2026-03-01T10:00:00.5Z'), count: true },
      { name: undefined },
    ]
    expect(JSON.parse(await print(rows, 'json'))).toEqual([
      { name: 'a', count: 1 },
      { name: '2026-03-01T10:00:00.500Z', count: true },
      { name: null, count: null },
    ])
    expect(await print([], 'json')).toBe('[]\n')
  })

  test.each(ESCAPES)('escapes %j and loses nothing', async (sequence) => {
    const printed = await print([{ name: `a${sequence}b` }], 'json')
    expect(printed).not.toContain(sequence)
    expect(JSON.parse(printed)).toMatchObject([{ name: `a${sequence}b` }])
  })
})

test('rows are printed as they come, without waiting for the last', async () => {
  const out = new PassThrough()
  const chunks: string[] = []
  out.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
  let made = 0
  async function* rows() {
    for (; made < 200_000; made++) {
      if (made === 100_000) expect(chunks.join('').length).toBeGreaterThan(1_000_000)
      yield { name: 'x'.repeat(20), count: made }
    }
  }
  await printRows(rows(), COLUMNS, { format: 'csv', out })
  expect(made).toBe(200_000)
  expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThan(70_000)
})

test('a reader that goes away ends the printing without an error', async () => {
  const head = spawn('head', ['-n', '1'], { stdio: ['pipe', 'pipe', 'inherit'] })
  function* rows() {
    for (let count = 0; count < 2_000_000; count++) yield { name: 'x'.repeat(50), count }
  }
  await printRows(rows(), COLUMNS, { format: 'csv', out: head.stdin })
  if (head.exitCode === null) await once(head, 'exit')
  expect(head.exitCode).toBe(0)
})
