import path from 'node:path'
import express, { type Express } from 'express'
import { PROJECT_DIR } from '../config.js'
import { openAssets } from './assets.js'
import { admit, recognise } from './auth.js'
import { refuseForeign, refuseForged } from './csrf.js'
import { refuseUnknown, showError } from './errors.js'
import { forbidKeeping, securityHeaders } from './headers.js'
import { parseFields } from './input.js'
import { setLocals, setPerson } from './locals.js'
import { ROUTES } from './routes.js'
import { readSecretKey } from './secret-key.js'
import { noteUse, sessions } from './session.js'
import { openViews } from './views.js'
import type { Web } from './web.js'

const LARGEST_FORM = '16kb'

/** Puts the pages behind everything that guards them, in the order in which a request meets it. */
export function makeApp(web: Web): Express {
  const app = express()
  const assets = openAssets(path.join(PROJECT_DIR, 'public'))
  const viewsDir = path.join(PROJECT_DIR, 'views')
  app.set('env', 'production')
  app.disable('x-powered-by')
  app.disable('etag')
  app.enable('view cache')
  app.enable('case sensitive routing')
  app.set('trust proxy', false)
  app.set('query parser', parseFields)
  app.set('views', viewsDir)
  app.set('view engine', 'ejs')
  app.engine('ejs', openViews(viewsDir))

  app.use(securityHeaders)
  app.use(setLocals(assets))
  app.use(assets.router)
  app.use(forbidKeeping)
  app.use(refuseForeign)
  app.use(express.text({ type: 'application/x-www-form-urlencoded', limit: LARGEST_FORM }))
  app.use((req, _res, next) => {
    req.body = parseFields(typeof req.body === 'string' ? req.body : '')
    next()
  })
  app.use(sessions(web, web.config.secretKey ?? readSecretKey(web.config.dataDir)))
  app.use(recognise(web))
  app.use(refuseForged)
  app.use(setPerson)
  app.use(noteUse(web))
  for (const { method, path, role, beforePasswordChange, page } of ROUTES) {
    app[method](path, admit(role, beforePasswordChange), (req, res) => page(web, req, res))
  }
  app.use(refuseUnknown)
  app.use(showError(web))
  return app
}
