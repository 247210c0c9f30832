import { expect, test } from 'vitest'
import { ColumnsBuilder } from '../../src/catalog/columns-builder.js'
import { matchRows } from '../../src/catalog/match.js'
import { parsePattern } from '../../src/catalog/pattern.js'
import { finish } from '../../src/catalog/turns.js'

test.each([
  ['192\\.0\\.2\\.'],
  ['^(printer|server)-[0-9]{1,3}$'],
  ['[]a]'],
  ['[^]a]+'],
  ['[[:alpha:]]{2,}'],
  ['[\\]]'],
  ['\\Q(((\\E'],
  ['\\Q((('],
  ['(?i:x)(?P<name>y)(?<other>z)(?s).'],
  ['a{,3}{'],
  ['x{2}{3}'.slice(0, 4)],
  ['\\p{Greek}\\x{41}\\pL'],
  ['\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}'],
  ['(?:[0-9a-f]{2}:){5}[0-9a-f]{2}'],
  [''],
])('%s is taken', (pattern) => {
  expect(parsePattern(pattern)).toMatchObject({ ok: true })
})

test.each([
  ['a(b', '"(" at character 2 is never closed'],
  ['(a(b)', '"(" at character 1 is never closed'],
  ['a)b', '")" at character 2 closes nothing'],
  ['ab[c', '"[" at character 3 is never closed'],
  ['x(?=y)', '"(?=" at character 2 looks around'],
  ['x(?!y)', '"(?!" at character 2 looks around'],
  ['(?<=x)y', '"(?<=" at character 1 looks around'],
  ['(?<!x)y', '"(?<!" at character 1 looks around'],
  ['(a)\\1', '"\\1" at character 4 refers back'],
  ['(?P<a>b)\\k<a>', 'at character 9 refers back'],
  ['a**', '"**" at character 2 is not taken'],
  ['*a', '"*" at character 1 is not taken'],
  ['a{1001}', '"{1001}" at character 2 is not taken'],
  ['a\\', 'trailing backslash'],
  ['[z-a]', '"z-a" at character 2 is not taken'],
  ['\\8', 'at character 1'],
  ['(?>a)', 'at character 1'],
  ['x'.repeat(1_001), 'has 1001 characters: write at most 1000'],
  ['(?:x{100}){100}', 'repeats too much'],
  [`(?:${'x'.repeat(900)}){1000}`, 'repeats too much'],
  [`(?:${'.?'.repeat(490)}){1000}`, 'repeats too much'],
])('%s is refused with its place', (pattern, reason) => {
  const parsed = parsePattern(pattern)
  expect(parsed).toMatchObject({ ok: false, error: expect.stringContaining(reason) })
  expect(parsed.ok || parsed.error).not.toContain('\n')
})

test('brackets that stand for themselves open nothing', () => {
  expect(parsePattern('\\(a[(]\\[')).toMatchObject({ ok: true })
})

test('a pattern that makes its machine grow without end is refused, not endured', () => {
  const pattern = parsePattern('(?:[0-4].{5}|[5-9].{6}|[a-k].{7}|[l-z].{8}){2}#')
  if (!pattern.ok) throw new Error(pattern.error)
  const columns = hostileColumns(60_000)
  const found = finish(matchRows(columns, [{ from: 0, to: columns.size }], pattern.value))
  if (found.ok) expect(found.value.every((byte) => byte === 0)).toBe(true)
  else expect(found.error).toContain('takes too long')
})

function hostileColumns(size: number) {
  const builder = new ColumnsBuilder(size)
  for (let index = 0; index < size; index++) {
    const hostname = `${((index * 2_654_435_761) >>> 0).toString(36)}-${index.toString(36)}.example.org`
    builder.add({
      ...{ siteId: 1, ip: index, hostname, os: null, mac: null, status: 'in-use', owner: '' },
      ...{ notes: '', firstSeen: null, active: 0, total: 0, lastActive: null, rttUs: null },
      replyTtl: null,
    })
  }
  return builder.finish()
}
