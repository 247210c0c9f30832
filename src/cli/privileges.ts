import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { type Config, PROJECT_DIR } from '../config.js'
import type { Launch } from '../store/private-server.js'
import { closedFolders, revealing } from './closed-folders.js'
import { UsageMistake } from './mistakes.js'
import { type ServiceUser, serviceUser } from './service-user.js'

/** The only privilege anything of ipspace has: nmap sends raw packets, as a child of the scanner. */
export type Rights = 'raw-packets' | 'none'

const CAP_NET_RAW = 13
/** What of the project's folder a running ipspace reads. */
const PROGRAM = ['bin', 'dist', 'node_modules', 'public', 'sql', 'views', 'package.json']
const TEST_READABLE = 'for file; do test -r "$file" || { echo "$file"; exit 1; }; done'

/**
 * Words to put before a command so that it runs as the ordinary service user with these rights
 * and no way to more. Started as root they drop to that user, and open a way to `paths`
 * (absolute, without links) where a folder above them is closed to it; started as an ordinary
 * user they only take away.
 */
export function serviceLaunch(
  user: ServiceUser | undefined,
  rights: Rights,
  paths: readonly string[] = [],
): string[] {
  const sets = rights === 'raw-packets' && hasRawRight() ? '-all,+net_raw' : '-all'
  if (user === undefined) {
    const less = rights === 'none' ? ['--inh-caps=-all', '--ambient-caps=-all'] : []
    return ['setpriv', ...less, '--no-new-privs', '--']
  }
  return [
    ...revealing(closedFolders(paths, user)),
    'setpriv',
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    '--clear-groups',
    `--inh-caps=${sets}`,
    `--ambient-caps=${sets}`,
    `--bounding-set=${sets}`,
    '--no-new-privs',
    '--',
  ]
}

/** For nmap as a child of a command: run by root it drops to the service user, else nothing is needed. */
export function nmapLaunch(config: Config): string[] {
  const user = serviceUser(config.dataDir)
  return user === undefined ? [] : serviceLaunch(user, 'raw-packets')
}

/** For the private MariaDB. */
export function databaseLaunch(config: Config): Launch {
  return serviceLaunch(serviceUser(config.dataDir), 'none', [config.dataDir])
}

/** For ipspace's own processes: what they read and write, wherever it lies. */
export function programPaths(config: Config): string[] {
  const own = PROGRAM.map((name) => path.join(PROJECT_DIR, name)).filter((file) => existsSync(file))
  const named = [config.dataDir, config.tlsCert, config.tlsKey, config.configFile]
  const given = named.filter((file) => file !== undefined && existsSync(file)) as string[]
  return [...own, ...given, process.execPath].map((file) => realpathSync(file))
}

/** Root's start is refused where the service user could not even read the program. */
export function checkReach(user: ServiceUser | undefined, paths: readonly string[]): void {
  if (user === undefined) return
  const launch = serviceLaunch(user, 'none', paths)
  const tried = spawnSync(
    launch[0]!,
    [...launch.slice(1), 'sh', '-c', TEST_READABLE, 'sh', ...paths],
    {
      cwd: '/',
      encoding: 'utf8',
    },
  )
  if (tried.status === 0) return
  const unreadable = tried.stdout.trim()
  const [closed] = closedFolders(paths, user)
  if (unreadable === '' && closed !== undefined) {
    throw new UsageMistake(
      `${closed.folder} is closed to the user ${user.uid} whom the services run as, and this machine does not let` +
        ` ipspace show them ${closed.needed[0]} alone (${tried.stderr.trim()}): clone it to /opt/ipspace instead`,
    )
  }
  throw new UsageMistake(
    `the user ${user.uid} whom the services run as cannot read ${unreadable || tried.stderr.trim()}: let it, with chgrp and chmod g+r`,
  )
}

/** The environment of a service: the starter's, less what belongs to the starter alone. */
export function serviceEnvironment(
  config: Config,
  user: ServiceUser | undefined,
): NodeJS.ProcessEnv {
  const { IPSPACE_ADMIN_PASSWORD: _, TMPDIR: temporary, ...kept } = process.env
  const own = { IPSPACE_DATA_DIR: config.dataDir, IPSPACE_DOTENV: 'read' }
  return user === undefined
    ? { ...kept, ...own, ...(temporary === undefined ? {} : { TMPDIR: temporary }) }
    : { ...kept, ...own, HOME: config.dataDir, USER: 'ipspace', LOGNAME: 'ipspace' }
}

/** A container may have taken the right from root itself; asking for it then would end the start. */
function hasRawRight(): boolean {
  const status = readFileSync('/proc/self/status', 'utf8')
  const sets = ['CapPrm', 'CapBnd'].map(
    (name) => new RegExp(`${name}:\\s*([0-9a-f]+)`).exec(status)?.[1],
  )
  return sets.every((set) => ((BigInt(`0x${set ?? '0'}`) >> BigInt(CAP_NET_RAW)) & 1n) === 1n)
}
