import path from 'node:path'
import type { Config } from '../config.js'
import { closedFolders } from './closed-folders.js'
import type { ServiceUser } from './service-user.js'

export interface UnitFacts {
  readonly projectDir: string
  readonly config: Config
  readonly node: string
  readonly userName: string
  readonly user: ServiceUser
  /** What a running ipspace reads and writes, without links. */
  readonly paths: readonly string[]
}

const HOMES = ['/home', '/root', '/run/user']

/**
 * A systemd unit that runs `ipspace up` as an ordinary user whose only privilege is to send raw
 * packets. A folder above the program that is closed to that user is shown to it with nothing in
 * it but what it needs.
 */
export function writeUnit(facts: UnitFacts): string {
  const { config, node, userName, projectDir } = facts
  const lines = [
    '[Unit]',
    'Description=ipspace, who uses which IPv4 address and when',
    'Wants=network-online.target',
    'After=network-online.target time-sync.target',
    '',
    '[Service]',
    'Type=exec',
    `User=${userName}`,
    `Group=${facts.user.gid}`,
    'WorkingDirectory=/',
    `ExecStart=${quote(node)} ${quote(path.join(projectDir, 'bin', 'ipspace'))} up`,
    `Environment=${quote(`IPSPACE_DATA_DIR=${config.dataDir}`)}`,
    ...(config.configFile === undefined
      ? []
      : [`Environment=${quote(`IPSPACE_CONFIG=${config.configFile}`)}`]),
    `EnvironmentFile=-${escapePercent(path.join(projectDir, '.env'))}`,
    'Environment=IPSPACE_DOTENV=read',
    'Restart=on-failure',
    'RestartSec=5',
    '# The order of the stop is its own: scanner, web, database.',
    'KillMode=mixed',
    'TimeoutStopSec=60',
    'LimitNOFILE=65536',
    'UMask=0077',
    '',
    '# nmap alone uses it.',
    'AmbientCapabilities=CAP_NET_RAW',
    'CapabilityBoundingSet=CAP_NET_RAW',
    'NoNewPrivileges=yes',
    '',
    'ProtectSystem=strict',
    `ReadWritePaths=${quote(config.dataDir)}`,
    ...limitSight(facts),
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'ProtectClock=yes',
    'ProtectControlGroups=yes',
    'ProtectHostname=yes',
    'ProtectKernelLogs=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelTunables=yes',
    'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET',
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'LockPersonality=yes',
    'RemoveIPC=yes',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
    'SystemCallErrorNumber=EPERM',
    '# V8 compiles as it runs, so memory that is written may be executed.',
    'MemoryDenyWriteExecute=no',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ]
  return lines.join('\n')
}

/** Homes are hidden, and what is closed to the user; of these only what it needs is shown. */
function limitSight({ config, paths, user }: UnitFacts): string[] {
  const inHomes = paths.filter((file) => HOMES.some((home) => file.startsWith(`${home}/`)))
  const elsewhere = paths.filter((file) => !inHomes.includes(file))
  const closed = closedFolders(elsewhere, user)
  const shown = [...inHomes, ...closed.flatMap(({ needed }) => needed)]
  return [
    `ProtectHome=${inHomes.length > 0 ? 'tmpfs' : 'yes'}`,
    ...closed.map(({ folder }) => `TemporaryFileSystem=${quote(`${folder}:ro,mode=0755`)}`),
    ...shown.map((file) =>
      file === config.dataDir ? `BindPaths=${quote(file)}` : `BindReadOnlyPaths=${quote(file)}`,
    ),
  ]
}

/** systemd expands `%` everywhere, and splits at blanks outside quotes. */
function quote(word: string): string {
  return `"${escapePercent(word).replace(/["\\]/g, '\\$&')}"`
}

function escapePercent(word: string): string {
  return word.replaceAll('%', '%%')
}
