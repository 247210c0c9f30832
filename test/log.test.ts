import { expect, test } from 'vitest'
import { inPlainWords } from '../src/log.js'

const line = (fields: object) =>
  JSON.stringify({ level: 30, time: '2026-01-31T12:00:00.000Z', room: 'web', ...fields })

test('a line on a terminal says when, where and what, with its details behind', () => {
  const words = inPlainWords(line({ msg: 'logged in', user: 'ada', tries: 2 }))
  expect(words).toMatch(/^\d\d:\d\d:\d\d web logged in \(user ada, tries 2\)\n$/)
})

test('a warning and an error say that they are, with the reason', () => {
  expect(inPlainWords(line({ level: 40, msg: 'late' }))).toContain('web warning: late')
  const failed = inPlainWords(line({ level: 50, msg: 'no answer', err: { message: 'refused' } }))
  expect(failed).toContain('web error: no answer: refused')
})

test('nothing in a line can steer the terminal or begin another line', () => {
  const words = inPlainWords(line({ msg: 'name \u001b[2Jx\nfake line\u009b31m' }))
  expect(words.trimEnd()).not.toMatch(/[\x00-\x1f\x7f-\x9f]/)
})
