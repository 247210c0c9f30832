import { expect, test } from 'vitest'
import { cite } from '../../../src/core/address/cite.js'

test.each([
  ['10.1', '"10.1"'],
  ['Büro 1', '"Büro 1"'],
  ['a\u001b[31mb\n', '"a\ufffd[31mb\ufffd"'],
  ['\u202egnp', '"\ufffdgnp"'],
  ['x'.repeat(61), `"${'x'.repeat(60)}..."`],
  ['😀'.repeat(60), `"${'😀'.repeat(60)}"`],
])('%j is cited as %s', (text, cited) => {
  expect(cite(text)).toBe(cited)
})
