import type { RequestHandler } from 'express'
import helmet from 'helmet'

const HSTS_SECONDS = 31_536_000

/** Everything comes from ourselves, nothing is inline, nobody may frame us. */
const CONTENT_SECURITY_POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'"],
  'connect-src': ["'self'"],
  'form-action': ["'self'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
}

const UNUSED_FEATURES = ['camera', 'geolocation', 'microphone', 'payment', 'usb', 'browsing-topics']

/**
 * `same-origin` and not `no-referrer`: with the latter browsers send `Origin: null` with our own
 * forms, which looks like a stranger's.
 */
export const securityHeaders: RequestHandler[] = [
  helmet({
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    strictTransportSecurity: { maxAge: HSTS_SECONDS, includeSubDomains: false },
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  }),
  (_req, res, next) => {
    res.set('Permissions-Policy', UNUSED_FEATURES.map((feature) => `${feature}=()`).join(', '))
    next()
  },
]

/** Pages hold data, and are kept by nobody. */
export const forbidKeeping: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store')
  next()
}
