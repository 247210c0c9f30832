import { hash, verify } from '@node-rs/argon2'
import type { Parsed } from '../core/address/ip.js'

export const SHORTEST_PASSWORD = 12
export const LONGEST_PASSWORD = 256

/** Argon2id with what OWASP's password storage cheat sheet asks for: 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** What people choose who are told to choose something longer; digits and signs around it do not count. */
const COMMON_WORDS: ReadonlySet<string> = new Set(
  (
    'password passwort passw passwordpassword admin administrator root letmein letmeinnow welcome ' +
    'welcomeback changeme changemenow changeit default secret topsecret qwerty qwertyuiop qwertz ' +
    'qwertzuiop qwertyuiopasdf asdfghjkl asdfghjklzxcv yxcvbnm zxcvbnm iloveyou abcdef abcdefghijkl ' +
    'monkey dragon football baseball superman sunshine princess master network networkadmin ' +
    'ipspace ipspaceadmin ipadmin ipamadmin phpipam netbox correcthorsebatterystaple'
  ).split(' '),
)

export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize('NFC'), COST)
}

/**
 * Whether the password belongs to the hash. Without a hash (nobody has that name) it takes as long
 * and says no, so that the time tells nothing about who exists.
 */
export async function verifyPassword(
  passwordHash: string | undefined,
  password: string,
): Promise<boolean> {
  nobodysHash ??= hashPassword('nobody has this password')
  const isRight = await verify(passwordHash ?? (await nobodysHash), password.normalize('NFC'))
  return isRight && passwordHash !== undefined
}

let nobodysHash: Promise<string> | undefined

/** Length, not composition: at least 12 characters, not the user's name, not a common one. */
export function checkNewPassword(userName: string, password: string): Parsed<string> {
  const length = [...password].length
  if (length < SHORTEST_PASSWORD) {
    return refuse(
      `This has ${length} characters: take at least ${SHORTEST_PASSWORD}, such as four unrelated words.`,
    )
  }
  if (length > LONGEST_PASSWORD) {
    return refuse(`This has ${length} characters: take at most ${LONGEST_PASSWORD}.`)
  }
  const bare = lettersOf(password)
  if (bare !== '' && bare === lettersOf(userName)) {
    return refuse('This is the name of the user with signs around it: take something unrelated.')
  }
  const isCommon = COMMON_WORDS.has(bare) || isRepetition(password) || isRun(password)
  return isCommon
    ? refuse('This is one of the first that anybody would try: take four unrelated words.')
    : { ok: true, value: password }
}

function lettersOf(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}]/gu, '')
}

/** `abcabcabcabc`: a few characters, over and over. */
function isRepetition(password: string): boolean {
  return /^(.{1,6})\1+.{0,3}$/su.test(password)
}

/** `123456789012`, `abcdefghijkl`: each character follows the one before it. */
function isRun(password: string): boolean {
  const codes = [...password.toLowerCase()].map((character) => character.codePointAt(0)!)
  const steps = codes.slice(1).map((code, index) => code - codes[index]!)
  const regular = steps.filter((step) => step === 1 || step === -9).length
  return regular >= steps.length - 1
}

function refuse(error: string): { readonly ok: false; readonly error: string } {
  return { ok: false, error }
}
