import { type Command, Option } from 'commander'
import type { Column } from '../core/listing/column.js'
import { printable } from '../core/listing/printable.js'
import { forgetTries } from '../store/login-attempts.js'
import type { Store } from '../store/pool.js'
import { endSessionsOf } from '../store/sessions.js'
import {
  addUser,
  disableUser,
  enableUser,
  findUser,
  listUsers,
  parseUserName,
  setPassword,
  USER_ROLES,
  type User,
  type UserRole,
} from '../store/users.js'
import { hashPassword } from '../web/password.js'
import { addListOptions, type ListOptions, printList } from './list.js'
import { UsageMistake } from './mistakes.js'
import { generatePassword, readNewPassword } from './password.js'
import { must } from './pick.js'
import { withStore } from './with-store.js'

interface PasswordOptions {
  readonly generate?: boolean
}

const COLUMNS: readonly Column<User>[] = [
  { name: 'name', value: (user) => user.name },
  { name: 'role', value: (user) => user.role },
  { name: 'disabled', value: (user) => user.disabled },
  { name: 'must_change_password', value: (user) => user.mustChangePassword },
  { name: 'created_at', value: (user) => user.createdAt },
  { name: 'last_login', value: (user) => user.lastLogin },
]
const WHERE_FROM = '"-" reads the password from standard input; else it is asked for'

export function usersCommands(program: Command): void {
  const users = program.command('users').description('who may log in, and with which role')
  users
    .command('add <name> [from]')
    .description(`add a user (${WHERE_FROM})`)
    .addOption(
      new Option('--role <role>', 'what they may do').choices(USER_ROLES).default('viewer'),
    )
    .option('--generate', 'make a random password and print it, this once')
    .action(add)
  addListOptions(users.command('list').description('list the users')).action(list)
  users
    .command('reset <name> [from]')
    .description(`give a new password, to be changed at the next login (${WHERE_FROM})`)
    .option('--generate', 'make a random password and print it, this once')
    .action(reset)
  users
    .command('disable <name>')
    .description('let a user log in no more, and end their sessions')
    .action(disable)
  users.command('enable <name>').description('let a disabled user log in again').action(enable)
}

function add(
  given: string,
  from: string | undefined,
  options: PasswordOptions & { readonly role: UserRole },
): Promise<void> {
  const name = must(parseUserName(given))
  return withStore(async (store) => {
    const { password, say } = await takePassword(name, from, options)
    const passwordHash = await hashPassword(password)
    const user = { name, role: options.role, passwordHash, mustChangePassword: true }
    must(await addUser(store, user, new Date()))
    say(`added ${name} as ${options.role}`)
  })
}

function list(options: ListOptions): Promise<void> {
  return withStore(async (store) =>
    printList(
      await listUsers(store),
      COLUMNS,
      options,
      'There is no user: "ipspace up" makes one.',
    ),
  )
}

function reset(name: string, from: string | undefined, options: PasswordOptions): Promise<void> {
  return withStore(async (store) => {
    const user = await pickUser(store, name)
    const { password, say } = await takePassword(name, from, options)
    const passwordHash = await hashPassword(password)
    await store.transaction(async (tx) => {
      await setPassword(tx, user.id, passwordHash, { mustChange: true })
      await endSessionsOf(tx, user.id)
      await forgetTries(tx, name)
    })
    const still = user.disabled ? `; ${name} is disabled: "ipspace users enable ${name}"` : ''
    say(`${name} has a new password, to be changed at the next login${still}`)
  })
}

function disable(name: string): Promise<void> {
  return withStore(async (store) => {
    must(await disableUser(store, (await pickUser(store, name)).id))
    process.stderr.write(`${name} is disabled and logged out everywhere\n`)
  })
}

function enable(name: string): Promise<void> {
  return withStore(async (store) => {
    await enableUser(store, (await pickUser(store, name)).id)
    process.stderr.write(`${name} may log in again\n`)
  })
}

async function pickUser(store: Store, name: string): Promise<User> {
  const user = await findUser(store, name)
  if (user !== undefined) return user
  throw new UsageMistake(`there is no user "${printable(name)}": see "ipspace users list"`)
}

/** The new password, and how to tell that it is set: a generated one goes to standard output, once. */
async function takePassword(
  name: string,
  from: string | undefined,
  { generate = false }: PasswordOptions,
): Promise<{ readonly password: string; readonly say: (line: string) => void }> {
  if (from !== undefined && from !== '-') {
    throw new UsageMistake(
      'a password is never an argument, as every user of the machine can read those: leave it out to be asked, or give "-"',
    )
  }
  if (generate && from === '-') throw new UsageMistake('give either "-" or --generate, not both')
  const password = generate
    ? generatePassword()
    : await readNewPassword(name, { fromInput: from === '-' })
  const say = (line: string) => {
    process.stderr.write(`${line}\n`)
    if (generate) process.stdout.write(`${password}\n`)
  }
  return { password, say }
}
