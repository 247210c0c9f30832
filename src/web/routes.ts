import type { Request, Response } from 'express'
import type { Role } from './auth.js'
import { changePassword, showPassword } from './pages/account.js'
import { showAddress } from './pages/address.js'
import { showAddresses } from './pages/addresses.js'
import { changeAppearance } from './pages/appearance.js'
import { showChanges } from './pages/changes.js'
import { showConflicts } from './pages/conflicts.js'
import { changeExpected, showDuplicates } from './pages/duplicates.js'
import { showHealth } from './pages/health.js'
import { showHome } from './pages/home.js'
import { logIn, logOut, showLogin } from './pages/login.js'
import { showNetworks } from './pages/networks.js'
import { showPulse, showSweeps } from './pages/sweeps.js'
import type { Web } from './web.js'

export interface Route {
  readonly method: 'get' | 'post'
  readonly path: string
  readonly role: Role
  /** Also for who must change their password before anything else. */
  readonly beforePasswordChange: boolean
  readonly page: (web: Web, req: Request, res: Response) => Promise<void> | void
}

/** Every page there is. What is not here does not exist, and what names no role does not compile. */
export const ROUTES: readonly Route[] = [
  get('/', 'viewer', showHome),
  get('/networks', 'viewer', showNetworks),
  get('/addresses', 'viewer', showAddresses),
  get('/addresses/:ip', 'viewer', showAddress),
  get('/changes', 'viewer', showChanges),
  get('/duplicates', 'viewer', showDuplicates),
  post('/duplicates/expected', 'operator', changeExpected),
  get('/conflicts', 'viewer', showConflicts),
  get('/sweeps', 'viewer', showSweeps),
  get('/sweeps/last', 'viewer', showPulse),

  get('/login', 'public', showLogin),
  post('/login', 'public', logIn),
  post('/logout', 'viewer', logOut, 'even before a password change'),
  get('/account/password', 'viewer', showPassword, 'even before a password change'),
  post('/account/password', 'viewer', changePassword, 'even before a password change'),
  post('/account/appearance', 'viewer', changeAppearance, 'even before a password change'),

  get('/healthz', 'public', showHealth),
]

function get(path: string, role: Role, page: Route['page'], when?: Early): Route {
  return { method: 'get', path, role, page, beforePasswordChange: when !== undefined }
}

function post(path: string, role: Role, page: Route['page'], when?: Early): Route {
  return { method: 'post', path, role, page, beforePasswordChange: when !== undefined }
}

type Early = 'even before a password change'
