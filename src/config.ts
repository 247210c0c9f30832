import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import path from 'node:path'
import { z } from 'zod'

/** The project's folder: views, public files and migrations are found from here. */
export const PROJECT_DIR = findProjectDir(import.meta.dirname)

export interface Config {
  /** Unset: a private MariaDB server in the data folder. */
  readonly databaseUrl: string | undefined
  readonly dataDir: string
  readonly host: string
  readonly port: number
  readonly tlsCert: string | undefined
  readonly tlsKey: string | undefined
  readonly adminPassword: string | undefined
  readonly engine: string
  /** Unset: one made in the data folder. */
  readonly secretKey: string | undefined
  /** What must not be changed from the web, such as tool paths. */
  readonly configFile: string | undefined
  readonly nmapPath: string
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
}

const NMAP_PATH = '/usr/bin/nmap'
const DATABASE_URL_SHAPE = 'must look like mysql://user:password@host:3306/name'
const SECRETS: ReadonlySet<string> = new Set(['databaseUrl', 'adminPassword', 'secretKey'])

const SCHEMA = z.object({
  IPSPACE_DATABASE_URL: z
    .url({
      protocol: /^(mysql|mariadb)$/,
      error: DATABASE_URL_SHAPE,
    })
    .refine((url) => new URL(url).pathname.length > 1, DATABASE_URL_SHAPE)
    .optional(),
  IPSPACE_DATA_DIR: z.string().min(1).default('var'),
  IPSPACE_HOST: z.string().min(1).default('127.0.0.1'),
  IPSPACE_PORT: z.coerce
    .number({ error: 'must be a whole number from 0 to 65535' })
    .int('must be a whole number from 0 to 65535')
    .min(0, 'must be a whole number from 0 to 65535')
    .max(65_535, 'must be a whole number from 0 to 65535')
    .default(8443),
  IPSPACE_TLS_CERT: z.string().min(1).optional(),
  IPSPACE_TLS_KEY: z.string().min(1).optional(),
  IPSPACE_ADMIN_PASSWORD: z.string().min(12, 'must have at least 12 characters').optional(),
  IPSPACE_ENGINE: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,56}$/, 'takes 1 to 56 letters, digits, dots, dashes, underscores')
    .default(
      () =>
        hostname()
          .replace(/[^A-Za-z0-9._-]/g, '-')
          .slice(0, 56) || 'engine',
    ),
  IPSPACE_SECRET_KEY: z
    .string()
    .regex(
      /^[0-9a-f]{64}$/,
      'must be 64 digits of 0 to 9 and a to f, as openssl rand -hex 32 makes',
    )
    .optional(),
  IPSPACE_CONFIG: z.string().min(1).optional(),
  IPSPACE_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'], {
      error: 'must be debug, info, warn, error or silent',
    })
    .default('info'),
})

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  constructor(readonly mistakes: readonly string[]) {
    super(mistakes.join('\n'))
  }
}

/**
 * Reads the environment (and `.env` beside package.json, which never overrides it) into one frozen
 * object. Throws a ConfigError that names every mistaken variable at once.
 */
export function readConfig(environment: NodeJS.ProcessEnv = withDotEnv(process.env)): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const parsed = SCHEMA.safeParse(given)
  const mistakes = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
  if ((given.IPSPACE_TLS_CERT === undefined) !== (given.IPSPACE_TLS_KEY === undefined)) {
    mistakes.push('IPSPACE_TLS_CERT and IPSPACE_TLS_KEY go together: give both or neither')
  }
  const file = readConfigFile(fromProject(given.IPSPACE_CONFIG), mistakes)
  if (!parsed.success || mistakes.length > 0) throw new ConfigError(mistakes)
  const env = parsed.data
  return Object.freeze({
    databaseUrl: env.IPSPACE_DATABASE_URL,
    dataDir: path.resolve(PROJECT_DIR, env.IPSPACE_DATA_DIR),
    host: env.IPSPACE_HOST,
    port: env.IPSPACE_PORT,
    tlsCert: fromProject(env.IPSPACE_TLS_CERT),
    tlsKey: fromProject(env.IPSPACE_TLS_KEY),
    adminPassword: env.IPSPACE_ADMIN_PASSWORD,
    engine: env.IPSPACE_ENGINE,
    secretKey: env.IPSPACE_SECRET_KEY,
    configFile: fromProject(env.IPSPACE_CONFIG),
    nmapPath: file.tools.nmap,
    logLevel: env.IPSPACE_LOG_LEVEL,
  })
}

function fromProject(file: string | undefined): string | undefined {
  return file === undefined ? undefined : path.resolve(PROJECT_DIR, file)
}

const CONFIG_FILE = z.strictObject({
  tools: z
    .strictObject({
      nmap: z.string().startsWith('/', 'must be an absolute path').default(NMAP_PATH),
    })
    .prefault({}),
})

/** The file of IPSPACE_CONFIG: JSON, for what must not be changed from the web, such as tool paths. */
function readConfigFile(file: string | undefined, mistakes: string[]): z.infer<typeof CONFIG_FILE> {
  const defaults = CONFIG_FILE.parse({})
  if (file === undefined) return defaults
  try {
    const parsed = CONFIG_FILE.safeParse(JSON.parse(readFileSync(file, 'utf8')))
    if (parsed.success) return parsed.data
    for (const issue of parsed.error.issues) {
      mistakes.push(`IPSPACE_CONFIG (${file}): ${issue.path.join('.')} ${issue.message}`)
    }
  } catch (error) {
    mistakes.push(`IPSPACE_CONFIG (${file}) cannot be read: ${(error as Error).message}`)
  }
  return defaults
}

/** The configuration as a person may see it: secrets are starred. */
export function maskConfig(config: Config): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      SECRETS.has(key) && value !== undefined ? '***' : value,
    ]),
  )
}

/** What `ipspace up` starts gets its whole environment from it, and may not be let into the file. */
function withDotEnv(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const file = path.join(PROJECT_DIR, '.env')
  if (environment.IPSPACE_DOTENV !== 'read' && existsSync(file)) process.loadEnvFile(file)
  return environment
}

function findProjectDir(from: string): string {
  const up = path.dirname(from)
  return existsSync(path.join(from, 'package.json')) || up === from ? from : findProjectDir(up)
}
