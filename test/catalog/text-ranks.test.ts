import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MISSING } from '../../src/catalog/columns.js'
import { rankTexts } from '../../src/catalog/text-ranks.js'
import { Texts } from '../../src/catalog/texts.js'
import { finish } from '../../src/catalog/turns.js'

const LIKELY_TEXT = fc.oneof(
  fc.constantFrom('', 'a', 'A', 'host', 'Host', 'host-1', 'host-10', 'host-2'),
  fc.stringMatching(/^host-[a-c]{0,6}\.[A-C]?$/),
  fc.string({ unit: 'binary', maxLength: 8 }),
)

test('ranks order texts as their bytes do, capitals like small letters, and equals share one', () => {
  fc.assert(
    fc.property(fc.array(LIKELY_TEXT, { maxLength: 300 }), (given) => {
      expect(ranksOf(given)).toEqual(naiveRanks(given))
    }),
    { numRuns: 300 },
  )
})

test('long common beginnings and thousands of texts are ranked alike', () => {
  const given = Array.from(
    { length: 5_000 },
    (_, index) => `${'common-'.repeat(20)}${(index * 7_919) % 1_000}${'x'.repeat(index % 3)}`,
  )
  expect(ranksOf(given)).toEqual(naiveRanks(given))
})

function ranksOf(given: readonly string[]): number[] {
  const texts = new Texts()
  const places = Uint32Array.from(given, (text, index) =>
    index % 2 === 0 ? texts.add(text) : texts.addShared(text),
  )
  return [...finish(rankTexts(places, texts))]
}

function naiveRanks(given: readonly string[]): number[] {
  const key = (text: string) =>
    Buffer.from(text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())).toString('latin1')
  const sorted = [...new Set(given.filter((text) => text !== '').map(key))].sort()
  return given.map((text) => (text === '' ? MISSING : sorted.indexOf(key(text))))
}
