import { expect, test } from 'vitest'
import { checkNewPassword, hashPassword, verifyPassword } from '../../src/web/password.js'

test.each([
  'lantern mossy quarrel viaduct',
  'Xk2#pQ9!vT4m',
  '839201748362',
  'пароль от старого сарая',
  'aaaaaaaaaaab and then some',
])('%j may be a password', (password) => {
  expect(checkNewPassword('admin', password)).toEqual({ ok: true, value: password })
})

test.each([
  ['short', /has 5 characters: take at least 12/],
  ['elevenchars', /has 11 characters/],
  ['x'.repeat(257), /at most 256/],
  ['password1234', /first that anybody/],
  ['Welcome-2026!', /first that anybody/],
  ['adminadminadmin', /first that anybody/],
  ['123456789012', /first that anybody/],
  ['abcdefghijklm', /first that anybody/],
  ['aaaaaaaaaaaa', /first that anybody/],
  ['j.doe@2026!!!', /name of the user/],
])('%j may not', (password, sentence) => {
  const checked = checkNewPassword('j.doe', password)
  expect(checked.ok ? '' : checked.error).toMatch(sentence)
})

test('characters are counted as people count them', () => {
  expect(checkNewPassword('admin', '🐢🐇🦔🐁🐦🦉🐝🐞🦋🐌🦎🐸').ok).toBe(true)
})

test('the hash is argon2id with the cost that OWASP asks for', async () => {
  expect(await hashPassword('lantern mossy quarrel')).toMatch(
    /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/,
  )
})

test('a password is known again however its accents were typed, and no other is', async () => {
  const hash = await hashPassword('caf\u00e9 au lait, deux')
  expect(await verifyPassword(hash, 'cafe\u0301 au lait, deux')).toBe(true)
  expect(await verifyPassword(hash, 'cafe au lait, deux')).toBe(false)
  expect(await verifyPassword(undefined, 'nobody has this password')).toBe(false)
})
