import type { Parsed } from '../core/address/ip.js'
import type { Db, Store } from './pool.js'
import { endSessionsOf } from './sessions.js'

/** From least to most; each may do what those before it may. */
export const USER_ROLES = ['viewer', 'operator', 'administrator'] as const
export type UserRole = (typeof USER_ROLES)[number]

export interface User {
  readonly id: number
  readonly name: string
  readonly role: UserRole
  readonly passwordHash: string
  readonly mustChangePassword: boolean
  readonly disabled: boolean
  readonly createdAt: Date
  readonly lastLogin: Date | undefined
}

export interface NewUser {
  readonly name: string
  readonly role: UserRole
  readonly passwordHash: string
  readonly mustChangePassword: boolean
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/

export function parseUserName(text: string): Parsed<string> {
  return NAME.test(text)
    ? { ok: true, value: text }
    : {
        ok: false,
        error: `"${text}" cannot be a user's name: take 1 to 64 letters, digits, dots, dashes, underscores or @`,
      }
}

/** In the order of their names. */
export async function listUsers(db: Db): Promise<User[]> {
  const rows = await db.query<UserRow>(
    `SELECT id, name, password_hash, role, must_change_password, disabled, created_at, last_login
     FROM user ORDER BY name`,
  )
  return rows.map(toUser)
}

export async function readUser(db: Db, id: number): Promise<User | undefined> {
  const [row] = await db.query<UserRow>(
    `SELECT id, name, password_hash, role, must_change_password, disabled, created_at, last_login
     FROM user WHERE id = ?`,
    [id],
  )
  return row && toUser(row)
}

export async function findUser(db: Db, name: string): Promise<User | undefined> {
  const [row] = await db.query<UserRow>(
    `SELECT id, name, password_hash, role, must_change_password, disabled, created_at, last_login
     FROM user WHERE name = ?`,
    [name],
  )
  return row && toUser(row)
}

export async function noteLogin(db: Db, id: number, now: Date): Promise<void> {
  await db.run('UPDATE user SET last_login = ? WHERE id = ?', [now, id])
}

/** Adds a user; or says that the name is taken. */
export function addUser(store: Store, user: NewUser, now: Date): Promise<Parsed<User>> {
  return store.transaction(async (tx) => {
    const taken = await tx.query('SELECT id FROM user WHERE name = ? FOR UPDATE', [user.name])
    if (taken.length > 0) {
      const error = `there is a user ${user.name} already: "ipspace users reset ${user.name}" gives a new password`
      return { ok: false, error }
    }
    const { insertId } = await tx.run(
      `INSERT INTO user (name, password_hash, role, must_change_password, created_at)
       VALUES (?, ?, ?, ?, ?)`,
      [user.name, user.passwordHash, user.role, user.mustChangePassword, now],
    )
    return { ok: true, value: (await readUser(tx, insertId))! }
  })
}

/** Adds this user where there is none at all; answers whether it did. Of two that try at once, one does. */
export function addFirstUser(store: Store, user: NewUser, now: Date): Promise<boolean> {
  return store.transaction(async (tx) => {
    const some = await tx.query('SELECT id FROM user LIMIT 1 FOR UPDATE')
    if (some.length > 0) return false
    await tx.run(
      `INSERT INTO user (name, password_hash, role, must_change_password, created_at)
       VALUES (?, ?, ?, ?, ?)`,
      [user.name, user.passwordHash, user.role, user.mustChangePassword, now],
    )
    return true
  })
}

/** Their sessions go on: whoever calls this ends those that should not. */
export async function setPassword(
  db: Db,
  id: number,
  passwordHash: string,
  { mustChange }: { readonly mustChange: boolean },
): Promise<void> {
  await db.run('UPDATE user SET password_hash = ?, must_change_password = ? WHERE id = ?', [
    passwordHash,
    mustChange,
    id,
  ])
}

/** Disables a user and ends their sessions; the last administrator who may log in stays. */
export function disableUser(store: Store, id: number): Promise<Parsed<undefined>> {
  return store.transaction(async (tx) => {
    const administrators = await tx.query<{ id: number }>(
      `SELECT id FROM user WHERE role = 'administrator' AND NOT disabled FOR UPDATE`,
    )
    if (administrators.length === 1 && administrators[0]!.id === id) {
      const error =
        'this is the last administrator: add another first, with "ipspace users add NAME --role administrator"'
      return { ok: false, error }
    }
    await tx.run('UPDATE user SET disabled = TRUE WHERE id = ?', [id])
    await endSessionsOf(tx, id)
    return { ok: true, value: undefined }
  })
}

export async function enableUser(db: Db, id: number): Promise<void> {
  await db.run('UPDATE user SET disabled = FALSE WHERE id = ?', [id])
}

interface UserRow {
  id: number
  name: string
  password_hash: string
  role: UserRole
  must_change_password: number
  disabled: number
  created_at: Date
  last_login: Date | null
}

function toUser(row: UserRow): User {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    passwordHash: row.password_hash,
    mustChangePassword: row.must_change_password === 1,
    disabled: row.disabled === 1,
    createdAt: row.created_at,
    lastLogin: row.last_login ?? undefined,
  }
}
