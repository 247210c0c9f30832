import { fstatSync } from 'node:fs'
import path from 'node:path'
import { type Config, PROJECT_DIR } from '../config.js'
import { formatIp } from '../core/address/ip.js'
import { formatNetwork } from '../core/address/network.js'
import type { AttachedNetwork } from '../probe/link.js'
import type { Network } from '../store/networks.js'
import { privateServerLog } from '../store/private-server.js'
import { DEFAULT_NETWORK, type FirstLogin } from './first-start.js'

const LOOPBACK_HOSTS = /^(127\.|localhost$|::1$)/
const MOST_NAMED = 5

export interface Welcome {
  readonly url: string
  readonly config: Config
  readonly networks: readonly Network[]
  readonly attached: readonly AttachedNetwork[]
  readonly firstLogin: FirstLogin | undefined
}

/** What a person who has just started ipspace wants to know next. */
export function writeWelcome(welcome: Welcome): string {
  return [
    '',
    `ipspace is at  ${welcome.url}`,
    ...tellLogin(welcome.firstLogin),
    '',
    ...tellNetworks(welcome),
    ...tellListening(welcome.config),
    ...tellLogs(welcome.config),
    'Ctrl-C stops it.',
    '',
  ]
    .map((line) => `${line}\n`)
    .join('')
}

function tellLogin(first: FirstLogin | undefined): string[] {
  if (first === undefined) return []
  if (!first.isGenerated) {
    return [`Log in as      ${first.name}, with the password of IPSPACE_ADMIN_PASSWORD`]
  }
  if (isToldToJournal()) {
    return [
      `Log in as      ${first.name}; "${command()} users reset ${first.name}" gives a password`,
    ]
  }
  return [
    `Log in as      ${first.name}`,
    `with password  ${first.password}`,
    '               It is shown only now; the first login asks for a new one.',
  ]
}

/** A journal is read by others, and kept: systemd names the one it connected us to. */
function isToldToJournal(): boolean {
  const { dev, ino } = fstatSync(1)
  return process.env.JOURNAL_STREAM === `${dev}:${ino}`
}

function tellNetworks({ networks, attached }: Welcome): string[] {
  const isOnlyDefault = networks.length === 1 && formatNetwork(networks[0]!) === DEFAULT_NETWORK
  if (!isOnlyDefault) return [`Watching ${nameSome(networks.map(formatNetwork))}.`]
  const example = attached[0] === undefined ? '192.0.2.0/24' : nameOf(attached[0])
  return [
    `Watching only ${DEFAULT_NETWORK}, this machine itself. To watch a network:`,
    `  ${command()} networks add ${example}`,
    ...(attached.length === 0
      ? []
      : ['This machine is attached to these, which are listed here and not scanned:']),
    ...attached.map((each) => `  ${nameOf(each)} (${each.device}, as ${formatIp(each.address)})`),
  ]
}

function tellListening(config: Config): string[] {
  if (!LOOPBACK_HOSTS.test(config.host)) return []
  return [
    'Only this machine can open that page. To let others in:',
    "  IPSPACE_HOST=0.0.0.0 npm start      (the certificate then holds this machine's names)",
  ]
}

function tellLogs(config: Config): string[] {
  return config.databaseUrl === undefined
    ? [`The log follows here; the database's own is ${privateServerLog(config.dataDir)}.`]
    : ['The log follows here.']
}

function nameSome(names: readonly string[]): string {
  const rest = names.length - MOST_NAMED
  const named = names.slice(0, MOST_NAMED).join(', ')
  return rest > 0 ? `${named} and ${rest} more` : named
}

function nameOf({ range, prefixLength }: AttachedNetwork): string {
  return formatNetwork({ ...range, prefixLength })
}

/** The command as it can be typed where the person is. */
function command(): string {
  const own = path.relative(process.cwd(), path.join(PROJECT_DIR, 'bin', 'ipspace'))
  return own.startsWith('..') ? path.join(PROJECT_DIR, 'bin', 'ipspace') : own
}
