import type { NextFunction, Request, Response } from 'express'
import { DatabaseUnavailable } from '../store/pool.js'
import type { Web } from './web.js'

const RETRY_AFTER_SECONDS = 5

/** An answer of 4xx, with the sentence that the page shows. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

export function refuseUnknown(): never {
  throw new Refusal(404, 'There is no such page here.')
}

/** The one place where errors become pages; what a 5xx was is in the log, by the id on its page. */
export function showError(web: Web) {
  return (error: unknown, req: Request, res: Response, next: NextFunction): void => {
    if (res.headersSent) {
      next(error)
      return
    }
    const page = describe(error)
    const requestId: unknown = res.locals.requestId
    if (page.status >= 500) {
      web.log.error({ requestId, method: req.method, path: req.path, err: error }, page.title)
    }
    if (page.status === 503) {
      res.set('Retry-After', String(RETRY_AFTER_SECONDS))
      if (req.method === 'GET') res.set('Refresh', String(RETRY_AFTER_SECONDS))
    }
    res.status(page.status).render('error', page)
  }
}

interface ErrorPage {
  readonly status: number
  readonly title: string
  readonly message: string
}

const TITLES: Readonly<Record<number, string>> = {
  401: 'Log in first',
  403: 'Not allowed',
  404: 'Not found',
  413: 'Too much at once',
  429: 'Too many tries',
}

function describe(error: unknown): ErrorPage {
  if (error instanceof DatabaseUnavailable) {
    return {
      status: 503,
      title: 'The database does not answer',
      message:
        'This page comes back by itself as soon as it does. Sweeps go on, or are marked as missed.',
    }
  }
  const { status = 500, code } = error as { status?: number; code?: string }
  const title = TITLES[status] ?? 'That was not understood'
  if (code === 'EBADCSRFTOKEN') {
    const message = 'This form is out of date: go back, load the page again, and send it once more.'
    return { status, title: 'Out of date', message }
  }
  if (error instanceof Refusal) return { status, title, message: error.message }
  return status >= 400 && status < 500
    ? { status, title, message: 'The request was not one that a page of ours makes.' }
    : {
        status: 500,
        title: 'Something broke here',
        message: 'It is not your doing. The log has the details under the number below.',
      }
}
