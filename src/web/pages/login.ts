import type { Request, Response } from 'express'
import { countTry, dropOldTries, takeBackTry } from '../../store/login-attempts.js'
import { findUser, noteLogin, type User } from '../../store/users.js'
import { COOKIE_OPTIONS, SESSION_COOKIE, VISITOR_COOKIE } from '../cookies.js'
import { tokenFor } from '../csrf.js'
import { bodyOf, queryOf, readNext } from '../input.js'
import { verifyPassword } from '../password.js'
import { beginSession, clientOf, leaveSession } from '../session.js'
import type { Web } from '../web.js'

const LONGEST_NAME = 64
const LONGEST_PASSWORD = 1_024
/** What a redirect to the login page may have to say. */
const NEWS: Readonly<Record<string, string>> = {
  'logged-out': 'You are logged out.',
}

export function showLogin(_web: Web, req: Request, res: Response): void {
  const { next, news } = queryOf(req)
  if (req.user !== undefined) res.redirect(303, readNext(next))
  else showForm(req, res, { next, news: NEWS[news ?? ''] })
}

/** One answer for a wrong name, a wrong password and a disabled user, after the same time. */
export async function logIn(web: Web, req: Request, res: Response): Promise<void> {
  const { name = '', password = '', next } = bodyOf(req)
  const now = new Date()
  const client = clientOf(req)
  const tried = await countTry(web.store, name, client, now)
  if (!tried.isAllowed) {
    web.log.warn({ client }, 'too many tries at logging in')
    const seconds = Math.ceil(tried.waitMs / 1_000)
    const minutes = Math.ceil(seconds / 60)
    res.status(429).set('Retry-After', String(seconds))
    const error = `Too many tries. Try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`
    return showForm(req, res, { name, next, error })
  }
  const user = await recogniseUser(web, name, password)
  if (user === undefined) {
    web.log.warn({ client }, 'a login failed')
    res.status(401)
    return showForm(req, res, { name, next, error: 'Name and password do not belong together.' })
  }
  await takeBackTry(web.store, name, client)
  await dropOldTries(web.store, now)
  await noteLogin(web.store, user.id, now)
  await beginSession(req, user.id)
  web.log.info({ client, user: user.name }, 'logged in')
  res.clearCookie(VISITOR_COOKIE, COOKIE_OPTIONS)
  res.redirect(303, readNext(next))
}

export async function logOut(_web: Web, req: Request, res: Response): Promise<void> {
  await leaveSession(req)
  res.clearCookie(SESSION_COOKIE, COOKIE_OPTIONS)
  res.redirect(303, '/login?news=logged-out')
}

async function recogniseUser(web: Web, name: string, password: string): Promise<User | undefined> {
  const isPlausible = name.length <= LONGEST_NAME && password.length <= LONGEST_PASSWORD
  const user = isPlausible ? await findUser(web.store, name) : undefined
  const isRight = await verifyPassword(user?.passwordHash, password.slice(0, LONGEST_PASSWORD))
  return isRight && user !== undefined && !user.disabled ? user : undefined
}

function showForm(
  req: Request,
  res: Response,
  given: { name?: string; next: string | undefined; news?: string | undefined; error?: string },
): void {
  const { name = '', next, news, error } = given
  res.render('login', { name, next: readNext(next), news, error, token: tokenFor(req) })
}
