import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Columns } from '../../src/catalog/columns.js'
import { ColumnsBuilder } from '../../src/catalog/columns-builder.js'
import {
  type CatalogQuery,
  type CatalogRow,
  COLUMN_NAMES,
  type ColumnName,
} from '../../src/catalog/query.js'
import { answerQuery } from '../../src/catalog/question.js'
import { Remembered } from '../../src/catalog/remembered.js'
import type { NetworkPlace } from '../../src/catalog/scope.js'
import type { Snapshot } from '../../src/catalog/snapshot.js'
import { finish } from '../../src/catalog/turns.js'
import { formatIp, type Ip } from '../../src/core/address/ip.js'
import type { AddressRow } from '../../src/store/address-rows.js'

const NOW = new Date('2026-03-02T12:00:00.500Z')
const NOW_SECONDS = Math.floor(NOW.getTime() / 1_000)
const FIRST = 0x0a000000

const rowArbitrary: fc.Arbitrary<AddressRow> = fc.record({
  siteId: fc.integer({ min: 1, max: 3 }),
  ip: fc.integer({ min: FIRST, max: FIRST + 300 }),
  hostname: fc.option(
    fc.constantFrom('alpha', 'Alpha', 'beta', 'béta', 'b', 'host-10', 'host-9', ''),
  ),
  os: fc.option(fc.constantFrom('Linux', 'Windows')),
  mac: fc.option(fc.integer({ min: 0, max: 2 ** 48 - 1 })),
  status: fc.constantFrom('in-use', 'free'),
  owner: fc.constantFrom('', 'team a'),
  notes: fc.constantFrom('', 'rack 5', 'x'),
  firstSeen: fc.option(fc.integer({ min: NOW_SECONDS - 500_000, max: NOW_SECONDS })),
  active: fc.integer({ min: 0, max: 5 }),
  total: fc.integer({ min: 0, max: 5 }),
  lastActive: fc.option(fc.integer({ min: NOW_SECONDS - 500_000, max: NOW_SECONDS + 10 })),
  rttUs: fc.option(fc.constantFrom(0, 250, 0xffffff)),
  replyTtl: fc.option(fc.constantFrom(63, 255)),
})
const rowsArbitrary = fc.uniqueArray(rowArbitrary, {
  selector: (row) => `${row.siteId}/${row.ip}`,
  maxLength: 120,
})
const queryArbitrary: fc.Arbitrary<CatalogQuery> = fc.record(
  {
    site: fc.integer({ min: 1, max: 3 }),
    network: fc.constantFrom(1, 2, 3, 4, 'none' as const),
    match: fc.constantFrom('alpha', 'A', '\\.1', '^10\\.0\\.0\\.\\d$', 'é', 'linux|rack', '$^', ''),
    sort: fc.array(
      fc.record({ column: fc.constantFrom(...COLUMN_NAMES), descending: fc.boolean() }),
      { maxLength: 3 },
    ),
    offset: fc.integer({ min: 0, max: 60 }),
    limit: fc.integer({ min: 0, max: 40 }),
    now: fc.constant(NOW),
  },
  { requiredKeys: ['offset', 'limit', 'now'] },
)

const NETWORKS: readonly NetworkPlace[] = [
  { id: 1, siteId: 1, first: FIRST as Ip, last: (FIRST + 50) as Ip },
  { id: 2, siteId: 1, first: (FIRST + 51) as Ip, last: (FIRST + 60) as Ip },
  { id: 3, siteId: 2, first: (FIRST + 100) as Ip, last: (FIRST + 400) as Ip },
]

test('a page is what filtering, sorting and cutting an array gives', () => {
  const remembered = new Remembered(100_000)
  fc.assert(
    fc.property(
      rowsArbitrary,
      fc.array(queryArbitrary, { minLength: 1, maxLength: 4 }),
      (rows, queries) => {
        const snapshot = snapshotOf(rows)
        for (const query of queries) {
          const answer = finish(answerQuery(snapshot, query, remembered))
          expect(answer).toEqual({ ok: true, value: naivePage(rows, query) })
        }
      },
    ),
    { numRuns: 400 },
  )
})

test('where few of many rows are left they are sorted like the others', () => {
  const rows = Array.from({ length: 2_000 }, (_, index) => plainRow(FIRST + index, index % 7))
  const snapshot = snapshotOf(rows)
  const query: CatalogQuery = {
    match: '\\.7\\.1\\d$',
    sort: [{ column: 'active', descending: true }],
    offset: 2,
    limit: 5,
    now: NOW,
  }
  const answer = finish(answerQuery(snapshot, query, new Remembered(1_000_000)))
  expect(answer).toEqual({ ok: true, value: naivePage(rows, query) })
})

test('the same question of changed rows is answered anew', () => {
  const remembered = new Remembered(1_000_000)
  const query: CatalogQuery = {
    sort: [{ column: 'active', descending: true }],
    ...{ match: '10', offset: 0, limit: 3, now: NOW },
  }
  for (const most of [5, 6]) {
    const rows = Array.from({ length: 50 }, (_, index) => plainRow(FIRST + index, index % most))
    const answer = finish(answerQuery(snapshotOf(rows), query, remembered))
    expect(answer).toEqual({ ok: true, value: naivePage(rows, query) })
  }
})

test("days offline grow with the question's time, and so does their order", () => {
  const rows = [
    { ...plainRow(FIRST, 1), lastActive: NOW_SECONDS - 10 },
    { ...plainRow(FIRST + 1, 1), lastActive: NOW_SECONDS - 86_399 },
  ]
  const snapshot = snapshotOf(rows)
  const remembered = new Remembered(1_000)
  const daysAt = (now: Date) => {
    const query: CatalogQuery = {
      sort: [{ column: 'days_offline', descending: true }],
      ...{ offset: 0, limit: 2, now },
    }
    const answer = finish(answerQuery(snapshot, query, remembered))
    return answer.ok && answer.value.rows.map((row) => [row.ip, row.daysOffline])
  }
  expect(daysAt(NOW)).toEqual([
    [FIRST, 0],
    [FIRST + 1, 0],
  ])
  expect(daysAt(new Date(NOW.getTime() + 1_000))).toEqual([
    [FIRST + 1, 1],
    [FIRST, 0],
  ])
})

test('a pattern that is not taken is an error with its place', () => {
  const query: CatalogQuery = { match: 'a(b', offset: 0, limit: 1, now: NOW }
  const answer = finish(answerQuery(snapshotOf([]), query, new Remembered(1_000)))
  expect(answer).toMatchObject({ ok: false, error: expect.stringContaining('character 2') })
})

function snapshotOf(rows: readonly AddressRow[]): Snapshot {
  const columns: Columns = rows
    .toSorted(bySiteAndIp)
    .reduce((builder, row) => {
      builder.add(row)
      return builder
    }, new ColumnsBuilder(0))
    .finish()
  return { columns, networks: NETWORKS, timeZones: new Map(), asOf: NOW }
}

function plainRow(ip: number, active: number): AddressRow {
  return {
    ...{ siteId: 1, ip, hostname: null, os: null, mac: null, status: 'in-use', owner: '' },
    ...{ notes: '', firstSeen: null, active, total: 10, lastActive: null, rttUs: null },
    replyTtl: null,
  }
}

function naivePage(rows: readonly AddressRow[], query: CatalogQuery) {
  const inSite = rows.filter((row) => query.site === undefined || row.siteId === query.site)
  const found = inSite
    .map(toCatalogRow)
    .filter((row) => isInNetwork(row, query.network) && isFound(row, query.match ?? ''))
    .sort((a, b) => {
      const sort = query.sort?.length ? query.sort : [{ column: 'ip', descending: false } as const]
      for (const { column, descending } of sort) {
        const order = compare(keyOf(a, column), keyOf(b, column), descending)
        if (order !== 0) return order
      }
      return bySiteAndIp(a, b)
    })
  return {
    rows: found.slice(query.offset, query.offset + query.limit),
    matched: found.length,
    total: inSite.length,
    asOf: NOW,
  }
}

function toCatalogRow(row: AddressRow): CatalogRow {
  const date = (seconds: number | null) =>
    seconds === null ? undefined : new Date(seconds * 1_000)
  const active = row.active ?? 0
  const total = row.total ?? 0
  return {
    siteId: row.siteId,
    ip: row.ip as Ip,
    networkId: NETWORKS.find(
      (it) => it.siteId === row.siteId && it.first <= row.ip && row.ip <= it.last,
    )?.id,
    hostname: row.hostname || undefined,
    os: row.os || undefined,
    mac: row.mac ?? undefined,
    status: row.status,
    owner: row.owner,
    notes: row.notes,
    firstSeen: date(row.firstSeen),
    lastActive: date(row.lastActive),
    active,
    total,
    percentActive: total === 0 ? undefined : Math.floor((100 * active) / total),
    daysOffline:
      row.lastActive === null
        ? undefined
        : Math.max(0, Math.floor((NOW.getTime() / 1_000 - row.lastActive) / 86_400)),
    rttUs: row.rttUs ?? undefined,
    replyTtl: row.replyTtl ?? undefined,
  }
}

function isInNetwork(row: CatalogRow, network: CatalogQuery['network']): boolean {
  if (network === undefined) return true
  return network === 'none' ? row.networkId === undefined : row.networkId === network
}

function isFound(row: CatalogRow, match: string): boolean {
  const pattern = new RegExp(match, 'i')
  const texts = [formatIp(row.ip), row.hostname, row.os, row.notes]
  return (
    match === '' || texts.some((text) => text !== undefined && text !== '' && pattern.test(text))
  )
}

function keyOf(row: CatalogRow, column: ColumnName): number | Buffer | undefined {
  const text = (value: string | undefined) =>
    value
      ? Buffer.from(
          value.replace(/[A-Z]/g, (letter) => letter.toLowerCase()),
          'utf8',
        )
      : undefined
  return {
    ip: row.ip,
    hostname: text(row.hostname),
    percent_active: row.percentActive,
    active: row.active,
    total: row.total,
    last_active: row.lastActive?.getTime(),
    days_offline: row.daysOffline,
    first_seen: row.firstSeen?.getTime(),
    os: text(row.os),
    mac: row.mac,
    status: text(row.status),
    owner: text(row.owner),
    notes: text(row.notes),
    rtt_us: row.rttUs,
    reply_ttl: row.replyTtl,
  }[column]
}

function compare(
  a: number | Buffer | undefined,
  b: number | Buffer | undefined,
  descending: boolean,
): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  const order = Buffer.isBuffer(a) ? Buffer.compare(a, b as Buffer) : Math.sign(a - (b as number))
  return descending ? -order : order
}

function bySiteAndIp(
  a: { readonly siteId: number; readonly ip: number },
  b: { readonly siteId: number; readonly ip: number },
): number {
  return a.siteId - b.siteId || a.ip - b.ip
}
