import { randomBytes } from 'node:crypto'
import { callbackify } from 'node:util'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import session from 'express-session'
import type { Store } from '../store/pool.js'
import {
  addSession,
  changeSession,
  endSession,
  readSession,
  useSession,
} from '../store/sessions.js'
import { COOKIE_OPTIONS, SESSION_COOKIE } from './cookies.js'
import type { Web } from './web.js'

const ID_BYTES = 32
const TOKEN_BYTES = 32
/** The idle limit is moved on at most this often. */
const USE_INTERVAL_MS = 60_000

declare module 'express-session' {
  interface SessionData {
    /** Who logged in. Only a session that has one is kept. */
    userId?: number
    /** The client's address at login. */
    client?: string
    /** Absent until the session is kept. */
    createdAt?: Date
    usedAt?: Date
  }
}

/** Sessions of those who logged in, in our own table; a visitor has none. */
export function sessions(web: Web, secret: string): RequestHandler {
  return session({
    name: SESSION_COOKIE,
    secret,
    store: new SessionTable(web.store),
    genid: () => randomBytes(ID_BYTES).toString('base64url'),
    cookie: COOKIE_OPTIONS,
    resave: false,
    saveUninitialized: false,
  })
}

/**
 * Moves the idle limit on when a person asks. A page that refreshes itself is nobody's use, or it
 * would keep an empty chair logged in. Nobody waits for it: a full disk must not stop reading.
 */
export function noteUse(web: Web) {
  return (req: Request, _res: Response, next: NextFunction): void => {
    const { createdAt, usedAt } = req.session
    const now = new Date()
    const isDue = usedAt !== undefined && now.getTime() - usedAt.getTime() > USE_INTERVAL_MS
    if (createdAt !== undefined && isDue && !isRefresh(req)) {
      useSession(web.store, req.sessionID, createdAt, now).catch((error: unknown) =>
        web.log.warn({ err: error }, 'the use of a session cannot be noted'),
      )
    }
    next()
  }
}

/** Asked for by a page of ours on its own, as public/js/refresh.js does. */
export function isRefresh(req: Request): boolean {
  return req.get('X-Ipspace-Refresh') !== undefined
}

/** Leaves the session behind and begins a new one, with a new id, for whoever has just proved who they are. */
export async function beginSession(req: Request, userId: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    req.session.regenerate((error) => (error ? reject(error) : resolve()))
  })
  const csrfToken = randomBytes(TOKEN_BYTES).toString('hex')
  Object.assign(req.session, { userId, csrfToken, client: clientOf(req) })
  await new Promise<void>((resolve, reject) => {
    req.session.save((error) => (error ? reject(error) : resolve()))
  })
}

export function leaveSession(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    req.session.destroy((error) => (error ? reject(error) : resolve()))
  })
}

/** The address at the other end of the socket; what a header says about it is not believed. */
export function clientOf(req: Request): string {
  return (req.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
}

class SessionTable extends session.Store {
  constructor(private readonly store: Store) {
    super()
  }

  override get = callbackify(async (id: string): Promise<session.SessionData | null> => {
    const kept = await readSession(this.store, id, new Date())
    if (kept === undefined) return null
    const { data, ...known } = kept
    const cookie = { ...COOKIE_OPTIONS, originalMaxAge: null }
    return { ...JSON.parse(data), ...known, cookie }
  })

  override set = callbackify(async (id: string, given: session.SessionData): Promise<void> => {
    const { cookie: _, userId, client, createdAt, usedAt: __, ...kept } = given
    if (userId === undefined) return
    const data = JSON.stringify(kept)
    if (createdAt !== undefined) return changeSession(this.store, id, data)
    const now = new Date()
    await addSession(this.store, id, { userId, data, client: client ?? '' }, now)
    // A new session is saved twice by express-session: by us, and when its response ends.
    given.createdAt = now
  })

  override destroy = callbackify((id: string): Promise<void> => endSession(this.store, id))
}
