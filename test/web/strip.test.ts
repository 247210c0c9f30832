import { expect, test } from 'vitest'
import { emptyPair } from '../../src/core/uptime/counters.js'
import { cellsOf, clockAt, joinCells, levelOf } from '../../src/web/strip.js'

test.each([
  [0, 0, 'none'],
  [0, 10, 'p0'],
  [1, 1_000, 'p1'],
  [24, 100, 'p1'],
  [25, 100, 'p2'],
  [49, 100, 'p2'],
  [50, 100, 'p3'],
  [74, 100, 'p3'],
  [75, 100, 'p4'],
  [949, 1_000, 'p4'],
  [95, 100, 'p5'],
  [100, 100, 'p5'],
] as const)('%i of %i is %s', (active, total, level) => {
  expect(levelOf(active, total)).toBe(level)
})

test('equal neighbours are one run, which says when it was and what was counted', () => {
  const pair = emptyPair()
  pair.total.fill(10)
  pair.active.fill(10, 96, 216)
  pair.active.fill(1, 216, 222)
  pair.total.fill(0, 282)
  expect(joinCells(cellsOf(pair, 48), clockAt(48))).toEqual([
    { x: 0, width: 16, level: 'p0', title: '00:00 to 08:00: answered 0 of 960, 0 %' },
    { x: 16, width: 20, level: 'p5', title: '08:00 to 18:00: answered 1200 of 1200, 100 %' },
    { x: 36, width: 1, level: 'p1', title: '18:00 to 18:30: answered 6 of 60, 10 %' },
    { x: 37, width: 10, level: 'p0', title: '18:30 to 23:30: answered 0 of 600, 0 %' },
    { x: 47, width: 1, level: 'none', title: '23:30 to 24:00: not asked' },
  ])
})

test.each([24, 48, 96, 144, 288])('%i cells hold every count of the 288 slots once', (cells) => {
  const pair = emptyPair()
  pair.total.forEach((_, slot) => {
    pair.total[slot] = slot
    pair.active[slot] = slot >> 1
  })
  const all = cellsOf(pair, cells)
  expect(all).toHaveLength(cells)
  expect(all.reduce((sum, cell) => sum + cell.total, 0)).toBe((287 * 288) / 2)
  expect(joinCells(all, clockAt(cells)).reduce((sum, run) => sum + run.width, 0)).toBe(cells)
})
