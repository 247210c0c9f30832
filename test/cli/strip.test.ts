import { expect, test } from 'vitest'
import { drawStrip, drawTicks, explainStrip, fitCells } from '../../src/cli/strip.js'

const PLAIN = { isAscii: false, hasColours: false }

test.each([
  [0, 0, ' '],
  [0, 8, '·'],
  [1, 1_000, '▁'],
  [1, 8, '▁'],
  [2, 8, '▂'],
  [3, 8, '▃'],
  [4, 8, '▄'],
  [5, 8, '▅'],
  [6, 8, '▆'],
  [7, 8, '▇'],
  [999, 1_000, '█'],
  [8, 8, '█'],
])('%i of %i is drawn as "%s"', (active, total, mark) => {
  expect(drawStrip([{ active, total }], PLAIN)).toBe(mark)
})

test('without block characters it is digits', () => {
  const cells = [0, 1, 4, 8].map((active) => ({ active, total: 8 }))
  expect(drawStrip(cells, { isAscii: true, hasColours: false })).toBe('.148')
  expect(explainStrip({ isAscii: true, hasColours: false })).toMatch(/^[\x20-\x7e]+$/)
})

test('what was not counted is hatched, unless some of it was asked', () => {
  const cells = [
    { active: 0, total: 0, isUncounted: true },
    { active: 0, total: 1, isUncounted: true },
  ]
  expect(drawStrip(cells, PLAIN)).toBe('╱·')
})

test('colours span neighbours of one kind, and leave what is blank alone', () => {
  const cells = [8, 4, 0].map((active) => ({ active, total: 8 }))
  const drawn = drawStrip([...cells, { active: 0, total: 0 }], { isAscii: false, hasColours: true })
  expect(drawn).toBe('\u001b[36m█▄\u001b[0m\u001b[90m·\u001b[0m ')
})

test.each([
  [24, '00    06    12    18'],
  [48, '00          06          12          18'],
])('ticks stand under a quarter of %i cells each', (cells, line) => {
  expect(drawTicks(cells)).toBe(line)
})

test('now is marked among the ticks', () => {
  expect(drawTicks(24, 3)).toBe('00 ^  06    12    18')
  expect(drawTicks(24, 23)).toBe('00    06    12    18   ^')
})

test.each([
  [500, 288],
  [288, 288],
  [287, 144],
  [80, 72],
  [48, 48],
  [3, 24],
])('a width of %i takes %i cells', (width, cells) => {
  expect(fitCells(width)).toBe(cells)
})
