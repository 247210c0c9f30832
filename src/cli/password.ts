import { randomInt } from 'node:crypto'
import { checkNewPassword } from '../web/password.js'
import { UsageMistake } from './mistakes.js'
import { must } from './pick.js'
import { askSecretly } from './secret-prompt.js'

/** Without those that are mistaken for each other on paper. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'
const GROUPS = 4
const GROUP_LETTERS = 5
const MOST_INPUT_BYTES = 4_096

/** A password of 99 random bits, such as `k7m2p-x9q4r-w3t8v-b6n5h`. */
export function generatePassword(): string {
  const letter = () => LETTERS[randomInt(LETTERS.length)]
  const group = () => Array.from({ length: GROUP_LETTERS }, letter).join('')
  return Array.from({ length: GROUPS }, group).join('-')
}

/**
 * A new password from standard input (one line) or, twice and unseen, from the terminal. Throws a
 * UsageMistake where it is too weak. A password is never an argument: every user of the machine
 * reads those.
 */
export async function readNewPassword(
  userName: string,
  { fromInput }: { readonly fromInput: boolean },
): Promise<string> {
  const password = fromInput ? await readLine() : await askTwice()
  return must(checkNewPassword(userName, password))
}

async function askTwice(): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new UsageMistake(
      'there is no terminal to ask on: give the password on standard input with "-", or add --generate',
    )
  }
  const first = await askSecretly('New password: ')
  const second = await askSecretly('The same again: ')
  if (first !== second) throw new UsageMistake('these two differ: nothing was changed')
  return first
}

async function readLine(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin) {
    text += String(chunk)
    if (text.length > MOST_INPUT_BYTES) break
  }
  return text.split(/\r?\n/, 1)[0]!
}
