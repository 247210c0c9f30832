import type { Request, Response } from 'express'
import { countTry, takeBackTry } from '../../store/login-attempts.js'
import { endSessionsOf } from '../../store/sessions.js'
import { setPassword, type User } from '../../store/users.js'
import { bodyOf } from '../input.js'
import { checkNewPassword, hashPassword, SHORTEST_PASSWORD, verifyPassword } from '../password.js'
import { beginSession, clientOf } from '../session.js'
import type { Web } from '../web.js'

interface Mistakes {
  readonly current?: string
  readonly wanted?: string
  readonly again?: string
}

export function showPassword(_web: Web, req: Request, res: Response): void {
  showForm(req, res, {})
}

/** Changes it, ends every session of the user, and goes on in a new one. */
export async function changePassword(web: Web, req: Request, res: Response): Promise<void> {
  const user = req.user!
  const { current = '', wanted = '', again = '' } = bodyOf(req)
  const mistakes = {
    ...findMistakes(user, current, wanted, again),
    ...(await checkCurrent(web, req, user, current)),
  }
  if (Object.keys(mistakes).length > 0) {
    res.status(422)
    return showForm(req, res, mistakes)
  }
  const passwordHash = await hashPassword(wanted)
  await web.store.transaction(async (tx) => {
    await setPassword(tx, user.id, passwordHash, { mustChange: false })
    await endSessionsOf(tx, user.id)
  })
  await beginSession(req, user.id)
  web.log.info({ user: user.name }, 'changed their password')
  res.redirect(303, '/?news=password-changed')
}

function findMistakes(user: User, current: string, wanted: string, again: string): Mistakes {
  const checked = checkNewPassword(user.name, wanted)
  if (!checked.ok) return { wanted: checked.error }
  if (wanted === current) return { wanted: 'This is the password you have: take another one.' }
  return wanted === again ? {} : { again: 'This is not what you wrote above.' }
}

/** Whoever finds an unlocked screen has no more tries than at the login page. */
async function checkCurrent(
  web: Web,
  req: Request,
  user: User,
  current: string,
): Promise<Mistakes> {
  const client = clientOf(req)
  const tried = await countTry(web.store, user.name, client, new Date())
  if (!tried.isAllowed) return { current: 'Too many tries. Try again in a few minutes.' }
  if (!(await verifyPassword(user.passwordHash, current))) {
    return { current: 'This is not your password.' }
  }
  await takeBackTry(web.store, user.name, client)
  return {}
}

function showForm(req: Request, res: Response, mistakes: Mistakes): void {
  const isForced = req.user!.mustChangePassword
  res.render('account/password', { mistakes, isForced, shortest: SHORTEST_PASSWORD })
}
