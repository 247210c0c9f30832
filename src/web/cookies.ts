import type { CookieOptions, Request } from 'express'

/**
 * The prefix makes the browser insist on HTTPS, on this very host and on the whole of it, so that no
 * neighbour of ours can plant a cookie of these names.
 */
export const SESSION_COOKIE = '__Host-ipspace'
export const VISITOR_COOKIE = '__Host-ipspace-visitor'
export const LOOK_COOKIE = '__Host-ipspace-look'

export const COOKIE_OPTIONS = {
  path: '/',
  secure: true,
  httpOnly: true,
  sameSite: 'lax',
} as const satisfies CookieOptions

export function readCookie(req: Request, name: string): string | undefined {
  const pair = (req.headers.cookie ?? '')
    .split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${name}=`))
  return pair?.slice(name.length + 1)
}
