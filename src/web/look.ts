import type { Request, Response } from 'express'
import { COOKIE_OPTIONS, LOOK_COOKIE, readCookie } from './cookies.js'
import { readChoice } from './input.js'

export const THEMES = ['auto', 'light', 'dark'] as const
export const ROW_HEIGHTS = ['normal', 'compact'] as const
const KEPT_MS = 365 * 86_400_000

/** How a person wants the pages to look, on this browser. */
export interface Look {
  readonly theme: (typeof THEMES)[number]
  readonly rows: (typeof ROW_HEIGHTS)[number]
}

export function readLook(req: Request): Look {
  const [theme, rows] = (readCookie(req, LOOK_COOKIE) ?? '').split('.')
  return { theme: readChoice(theme, THEMES), rows: readChoice(rows, ROW_HEIGHTS) }
}

export function keepLook(res: Response, look: Look): void {
  res.cookie(LOOK_COOKIE, `${look.theme}.${look.rows}`, { ...COOKIE_OPTIONS, maxAge: KEPT_MS })
}
