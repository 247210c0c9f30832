import { csrfSync } from 'csrf-sync'
import type { NextFunction, Request, Response } from 'express'
import { COOKIE_OPTIONS, readCookie, VISITOR_COOKIE } from './cookies.js'
import { Refusal } from './errors.js'

const TOKEN_BYTES = 32
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/**
 * Who is logged in has a token in the session. A visitor has no session, so that the login page
 * costs no row: theirs is in a cookie that only this host can have set.
 */
const { csrfSynchronisedProtection, generateToken } = csrfSync({
  size: TOKEN_BYTES,
  ignoredMethods: [...SAFE_METHODS] as ('GET' | 'HEAD')[],
  getTokenFromRequest: (req) => (req.body as { token?: string } | undefined)?.token,
  getTokenFromState: (req) =>
    req.session.userId === undefined ? visitorToken(req) : req.session.csrfToken,
  storeTokenInState: (req, token) => {
    if (req.session.userId !== undefined) req.session.csrfToken = token
    else req.res?.cookie(VISITOR_COOKIE, token, { ...COOKIE_OPTIONS, sameSite: 'strict' })
  },
})

/** Refuses a change that does not carry our token. */
export const refuseForged = csrfSynchronisedProtection

/** The token for the forms of a page, made where there is none yet. */
export function tokenFor(req: Request): string {
  return generateToken(req)
}

/** Refuses a change that another origin asks for, or whose origin the browser does not say. */
export function refuseForeign(req: Request, _res: Response, next: NextFunction): void {
  if (SAFE_METHODS.has(req.method) || isOurOwn(req)) {
    next()
  } else {
    next(new Refusal(403, 'This change was asked for by another site, so it was not made.'))
  }
}

function isOurOwn(req: Request): boolean {
  const site = req.get('Sec-Fetch-Site')
  const origin = req.get('Origin')
  if (site !== undefined && site !== 'same-origin') return false
  return origin === undefined ? site === 'same-origin' : origin === `https://${req.get('Host')}`
}

function visitorToken(req: Request): string | undefined {
  const token = readCookie(req, VISITOR_COOKIE)
  return token !== undefined && /^[0-9a-f]{64}$/.test(token) ? token : undefined
}
