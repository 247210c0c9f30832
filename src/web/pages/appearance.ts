import type { Request, Response } from 'express'
import { bodyOf, readChoice, readNext } from '../input.js'
import { keepLook, ROW_HEIGHTS, THEMES } from '../look.js'
import type { Web } from '../web.js'

export function changeAppearance(_web: Web, req: Request, res: Response): void {
  const { theme, rows, next } = bodyOf(req)
  keepLook(res, { theme: readChoice(theme, THEMES), rows: readChoice(rows, ROW_HEIGHTS) })
  res.redirect(303, readNext(next))
}
