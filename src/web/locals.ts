import { randomBytes } from 'node:crypto'
import type { NextFunction, Request, Response } from 'express'
import type { Assets } from './assets.js'
import { tokenFor } from './csrf.js'
import { linkTo, parseFields } from './input.js'
import { ROW_HEIGHTS, readLook, THEMES } from './look.js'
import { count, describeInstant } from './when.js'

/** The places of the top bar, in its order. */
const PLACES = [
  { path: '/', name: 'Home' },
  { path: '/networks', name: 'Networks' },
  { path: '/addresses', name: 'Addresses' },
  { path: '/changes', name: 'Changes' },
  { path: '/sweeps', name: 'Sweeps' },
] as const
/** Lists that have no entry of their own there, and under which they are found. */
const WITHIN: Readonly<Record<string, string>> = {
  '/duplicates': '/changes',
  '/conflicts': '/changes',
}

/** Sets what every view needs and nobody has to be known for, error pages included. */
export function setLocals(assets: Assets) {
  return (req: Request, res: Response, next: NextFunction): void => {
    const now = new Date()
    const first = `/${req.path.split('/')[1] ?? ''}`
    const place = WITHIN[first] ?? first
    Object.assign(res.locals, {
      now,
      requestId: randomBytes(6).toString('hex'),
      asset: assets.urlOf,
      when: (instant: Date) => describeInstant(instant, now),
      number: (amount: number) => amount.toLocaleString('en'),
      count,
      linkTo,
      look: readLook(req),
      themes: THEMES,
      rowHeights: ROW_HEIGHTS,
      here: req.originalUrl,
      places: PLACES.map((it) => ({ ...it, isCurrent: it.path === place })),
      search: parseFields(req.url.split('?')[1] ?? '').match ?? '',
      user: undefined,
      token: '',
      refreshes: false,
      follows: 'finished',
    })
    next()
  }
}

/** Sets what depends on who asks. */
export function setPerson(req: Request, res: Response, next: NextFunction): void {
  if (req.user !== undefined) {
    res.locals.user = { name: req.user.name, role: req.user.role }
    res.locals.token = tokenFor(req)
  }
  next()
}
