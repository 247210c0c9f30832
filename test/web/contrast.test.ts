import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT_DIR } from '../../src/config.js'

const css = (name: string) => readFileSync(path.join(PROJECT_DIR, 'public', 'css', name), 'utf8')
const THEMES = ['light', 'dark'] as const
type Theme = (typeof THEMES)[number]

const tokens = new Map(
  [
    ...css('tokens.css').matchAll(/--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g),
  ].map(([, name, light, dark]) => [name!, { light: light!, dark: dark! }]),
)

/** The colours of text on the steps of the scale, as days.css sets them. */
const inks = [
  ...css('days.css').matchAll(
    /td(?::is\(([^)]+)\)|\.(p\d)),[^{]*\{\s*color: light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g,
  ),
].flatMap(([, several, one, light, dark]) =>
  (several ?? `.${one}`)
    .split(', ')
    .map((step) => [step.slice(1), { light: light!, dark: dark! }] as const),
)

const TEXT = ['ink', 'muted', 'accent', 'warn', 'danger'].flatMap((ink) =>
  ['ground', 'surface', 'hover'].map((ground) => [ink, ground] as const),
)

test.each(TEXT)('%s is read on %s', (ink, ground) => {
  for (const theme of THEMES) {
    expect(contrast(colour(ink, theme), colour(ground, theme)), theme).toBeGreaterThanOrEqual(4.5)
  }
})

test.each([
  ['on-accent', 'accent', 4.5],
  ['edge', 'ground', 3],
  ['edge', 'surface', 3],
  ['muted', 'p0', 4.5],
] as const)('%s stands out on %s', (ink, ground, least) => {
  for (const theme of THEMES) {
    expect(contrast(colour(ink, theme), colour(ground, theme)), theme).toBeGreaterThanOrEqual(least)
  }
})

test('figures are read on every step of the scale', () => {
  expect(inks.map(([step]) => step)).toEqual(['p0', 'p1', 'p2', 'p3', 'p4', 'p5'])
  for (const [step, ink] of inks) {
    for (const theme of THEMES) {
      expect(contrast(ink[theme], colour(step, theme)), `${step} ${theme}`).toBeGreaterThanOrEqual(
        4.5,
      )
    }
  }
})

test('each step of the scale is told from the next', () => {
  for (const theme of THEMES) {
    for (let step = 0; step < 5; step++) {
      const ratio = contrast(colour(`p${step}`, theme), colour(`p${step + 1}`, theme))
      expect(ratio, `p${step} ${theme}`).toBeGreaterThan(1.12)
    }
  }
})

function colour(name: string, theme: Theme): string {
  const token = tokens.get(name)
  if (token === undefined) throw new Error(`tokens.css has no --${name}`)
  return token[theme]
}

/** As WCAG 2.2 has it: 1 to 21. */
function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high! + 0.05) / (low! + 0.05)
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}
