import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pino from 'pino'
import { type Config, readConfig } from '../../src/config.js'
import { openStore, type Store, type StoreAddress } from '../../src/store/pool.js'
import { addUser, type User, type UserRole } from '../../src/store/users.js'
import { hashPassword } from '../../src/web/password.js'
import { startWeb } from '../../src/web/server.js'
import type { TestDatabase } from './database.js'

export const PASSWORD = 'four unrelated words'

export interface TestWeb {
  readonly url: string
  readonly config: Config
  readonly store: Store
  /** Everything it has logged so far. */
  readonly logged: string[]
  close(): Promise<void>
}

/** The pages over real HTTPS on a free port, with a data folder of their own. */
export async function startTestWeb(
  database: Pick<TestDatabase, 'socketPath' | 'name'>,
  environment: Record<string, string> = {},
): Promise<TestWeb> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'ipspace-web-'))
  const config = readConfig({ IPSPACE_DATA_DIR: dataDir, IPSPACE_PORT: '0', ...environment })
  const address: StoreAddress = { socketPath: database.socketPath, database: database.name }
  const store = openStore(address)
  const logged: string[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) })
  const web = await startWeb({ store, address, config, log })
  const close = async () => {
    await web.close()
    await store.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
  return { url: web.url, config, store, logged, close }
}

/** A user who may log in with PASSWORD. */
export async function makeUser(
  store: Store,
  name: string,
  role: UserRole = 'viewer',
  mustChangePassword = false,
): Promise<User> {
  const passwordHash = await hashPassword(PASSWORD)
  const made = await addUser(store, { name, role, passwordHash, mustChangePassword }, new Date())
  if (!made.ok) throw new Error(made.error)
  return made.value
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

type Headers = Record<string, string | undefined>

/** A browser without a window: it keeps cookies, and sends forms as a page of ours would. */
export class Visitor {
  readonly cookies = new Map<string, string>()
  readonly #agent = new Agent({ keepAlive: true, rejectUnauthorized: false })

  constructor(readonly base: string) {}

  get(page: string, headers: Headers = {}): Promise<Answer> {
    return this.#send('GET', page, headers)
  }

  /** With the token of the page at `from`; a header that is undefined is not sent. */
  async post(
    page: string,
    fields: Record<string, string>,
    { from = page, headers = {} }: { from?: string; headers?: Headers } = {},
  ): Promise<Answer> {
    const token = readToken((await this.get(from)).text)
    return this.send(page, { token, ...fields }, headers)
  }

  /** As it is, without a token of its own. */
  send(page: string, fields: Record<string, string>, headers: Headers = {}): Promise<Answer> {
    const origin = new URL(this.base).origin
    const form = { Origin: origin, 'Content-Type': 'application/x-www-form-urlencoded' }
    return this.#send('POST', page, { ...form, ...headers }, String(new URLSearchParams(fields)))
  }

  logIn(name: string, password: string = PASSWORD): Promise<Answer> {
    return this.post('/login', { name, password })
  }

  #send(method: string, page: string, headers: Headers, body?: string): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const all = { ...(cookie === '' ? {} : { Cookie: cookie }), ...headers }
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
    return new Promise((resolve, reject) => {
      const options = {
        method,
        headers: given as Record<string, string>,
        agent: this.#agent,
      }
      const sent = request(new URL(page, this.base), options, (res) => {
        let text = ''
        res.setEncoding('utf8').on('data', (chunk) => {
          text += chunk
        })
        res.on('end', () => {
          this.#keepCookies(res.headers['set-cookie'] ?? [])
          resolve({ status: res.statusCode ?? 0, headers: res.headers, text })
        })
        res.on('error', reject)
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }

  #keepCookies(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = ''] = line.split(';')
      const at = pair.indexOf('=')
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
  }
}

export async function visitorLoggedIn(base: string, name: string): Promise<Visitor> {
  const visitor = new Visitor(base)
  const answer = await visitor.logIn(name)
  if (answer.status !== 303) throw new Error(`the login of ${name} was answered ${answer.status}`)
  return visitor
}

export function readToken(html: string): string {
  return /name="token" value="([^"]*)"/.exec(html)?.[1] ?? ''
}

/** Waits until the catalog has read the address table. */
export async function untilRead(visitor: Visitor): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const { text } = await visitor.get('/addresses')
    if (!text.includes('are being read')) return
    await pause(50)
  }
  throw new Error('the catalog was not read in time')
}
