import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ALL_COLUMNS, type Columns } from '../../src/catalog/columns.js'
import { ColumnsBuilder } from '../../src/catalog/columns-builder.js'
import { copySums, mergeRows, moveSums } from '../../src/catalog/merge.js'
import { Texts } from '../../src/catalog/texts.js'
import { finish } from '../../src/catalog/turns.js'
import type { AddressRow } from '../../src/store/address-rows.js'

const rowArbitrary: fc.Arbitrary<AddressRow> = fc.record({
  siteId: fc.integer({ min: 1, max: 2 }),
  ip: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constant(0xffffffff)),
  hostname: fc.option(fc.constantFrom('a', 'b', 'ü')),
  os: fc.option(fc.constantFrom('Linux', 'Windows')),
  mac: fc.option(fc.integer({ min: 0, max: 2 ** 48 - 1 })),
  status: fc.constantFrom('in-use', 'free'),
  owner: fc.constantFrom('', 'me'),
  notes: fc.string({ maxLength: 5 }),
  firstSeen: fc.option(fc.nat()),
  active: fc.option(fc.nat()),
  total: fc.option(fc.nat()),
  lastActive: fc.option(fc.nat()),
  rttUs: fc.option(fc.nat(0xffffff)),
  replyTtl: fc.option(fc.nat(255)),
})
const rowsArbitrary = fc.uniqueArray(rowArbitrary, { selector: keyOf, maxLength: 40 })

test('merged rows are those of a fresh reading, and the columns before stay as they were', () => {
  fc.assert(
    fc.property(rowsArbitrary, rowsArbitrary, (first, second) => {
      const before = columnsOf(first)
      const copy = rowsOf(before)
      const after = finish(mergeRows(before, second))
      const both = new Map([...first, ...second].map((row) => [keyOf(row), row]))
      expect(rowsOf(after)).toEqual(rowsOf(columnsOf([...both.values()])))
      expect(rowsOf(before)).toEqual(copy)
    }),
  )
})

test('moved sums are those of a fresh reading, and addresses without a row are named', () => {
  fc.assert(
    fc.property(rowsArbitrary, rowsArbitrary, (first, second) => {
      const before = columnsOf(first)
      const copy = rowsOf(before)
      const states = second.filter((row) => row.siteId === 1)
      const after = copySums(before)
      const unknown = moveSums(after, 1, states)
      const byKey = new Map(states.map((row) => [keyOf(row), row]))
      const expected = first.map((row) => {
        const { active, total, lastActive, rttUs, replyTtl } = byKey.get(keyOf(row)) ?? row
        return { ...row, active, total, lastActive, rttUs, replyTtl }
      })
      expect(rowsOf(after)).toEqual(rowsOf(columnsOf(expected)))
      const known = new Set(first.map(keyOf))
      expect(unknown).toEqual(states.filter((row) => !known.has(keyOf(row))).map((row) => row.ip))
      expect(rowsOf(before)).toEqual(copy)
    }),
  )
})

test('columns in which nothing changed stay the same, so that orders made from them stay good', () => {
  const rows = [1, 2, 3].map((ip) => ({ ...plainRow(ip), hostname: `host-${ip}` }))
  const before = columnsOf(rows)
  const after = finish(mergeRows(before, [{ ...rows[1]!, mac: 77 }]))
  const kept = ALL_COLUMNS.filter((key) => after[key] === before[key])
  expect(ALL_COLUMNS.filter((key) => !kept.includes(key))).toEqual(['macHigh', 'macLow'])
  expect(after.texts.size).toBe(before.texts.size)
})

function columnsOf(rows: readonly AddressRow[]): Columns {
  const builder = new ColumnsBuilder(0, new Texts())
  for (const row of rows.toSorted((a, b) => a.siteId - b.siteId || a.ip - b.ip)) builder.add(row)
  return builder.finish()
}

/** Every row with its texts read, so that their places do not matter. */
function rowsOf(columns: Columns): unknown[] {
  const texts = new Set<string>(['hostname', 'os', 'status', 'owner', 'notes'])
  return Array.from({ length: columns.size }, (_, row) =>
    ALL_COLUMNS.map((key) =>
      texts.has(key) ? columns.texts.read(columns[key][row]!) : columns[key][row],
    ),
  )
}

function plainRow(ip: number): AddressRow {
  return {
    ...{ siteId: 1, ip, hostname: null, os: null, mac: null, status: 'in-use', owner: '' },
    ...{ notes: '', firstSeen: null, active: 0, total: 0, lastActive: null, rttUs: null },
    replyTtl: null,
  }
}

function keyOf(row: { readonly siteId: number; readonly ip: number }): string {
  return `${row.siteId}/${row.ip}`
}
