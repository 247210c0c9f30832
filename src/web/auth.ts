import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { readUser, type User } from '../store/users.js'
import { Refusal } from './errors.js'
import { linkTo } from './input.js'
import { isRefresh } from './session.js'
import type { Web } from './web.js'

/** What a route asks for, from least to most; each may do what those before it may. */
export const ROLES = ['public', 'viewer', 'operator', 'administrator'] as const
export type Role = (typeof ROLES)[number]

declare module 'express-serve-static-core' {
  interface Request {
    /** Who is logged in. */
    user?: User
  }
}

/** Finds out who asks. Their role is read each time, so that a change of it counts at once. */
export function recognise(web: Web) {
  return async (req: Request, _res: Response, next: NextFunction): Promise<void> => {
    const { userId } = req.session
    const user = userId === undefined ? undefined : await readUser(web.store, userId)
    if (user !== undefined && !user.disabled) req.user = user
    next()
  }
}

/** Lets through who has the role; `beforePasswordChange`, also who must change their password first. */
export function admit(role: Role, beforePasswordChange: boolean): RequestHandler {
  return (req, res, next) => {
    const { user } = req
    if (role === 'public') {
      next()
    } else if (user === undefined) {
      askForLogin(req, res)
    } else if (user.mustChangePassword && !beforePasswordChange) {
      res.redirect(303, '/account/password')
    } else if (ROLES.indexOf(user.role) < ROLES.indexOf(role)) {
      throw new Refusal(403, `This takes the role ${role}; yours is ${user.role}.`)
    } else {
      next()
    }
  }
}

function askForLogin(req: Request, res: Response): void {
  if (isRefresh(req)) throw new Refusal(401, 'Your session is over.')
  const next = req.method === 'GET' && req.originalUrl !== '/' ? req.originalUrl : undefined
  res.redirect(303, linkTo('/login', { next }))
}
