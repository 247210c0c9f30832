import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { clean } from './complaints.js'
import { DIES_WITH_PARENT } from './nmap-process.js'
import { askTool, type ToolAnswer } from './tool.js'

interface Refusal {
  readonly state: 'refused'
  readonly reason: string
  /** What to do, to the letter. */
  readonly mend: string
}

export type RightsAnswer = { readonly state: 'ready'; readonly version: string } | Refusal

/** August 2019: the oldest that a distribution with support still carries (Debian 11, Ubuntu 20.04). */
const OLDEST = { major: 7, minor: 80 }
const CAP_NET_RAW = 13n

/**
 * Can this nmap, launched this way, send raw packets? Without that right it asks by TCP and exits
 * with 0, so the user id is not believed: the kernel says what a process of this launch may do, then
 * nmap itself sends one raw packet over loopback.
 */
export async function checkNmap(
  nmapPath: string,
  launch: readonly string[],
): Promise<RightsAnswer> {
  const launched = [...launch, ...DIES_WITH_PARENT]
  const answer = await askTool([...launched, nmapPath, '--version'])
  const refusal =
    (await refuseFile(nmapPath)) ??
    refuseLaunch(answer, launched) ??
    refuseVersion(answer, nmapPath) ??
    (await refuseRights(launched)) ??
    (await refusePacket(launched, nmapPath))
  return refusal ?? { state: 'ready', version: readVersion(answer)!.text }
}

async function refuseFile(nmapPath: string): Promise<Refusal | undefined> {
  const found = await stat(nmapPath).catch(() => undefined)
  const isExecutable = await access(nmapPath, constants.X_OK).then(
    () => found?.isFile() === true,
    () => false,
  )
  if (found === undefined) {
    return refuse(`nmap is not at ${nmapPath}`, `${installing('nmap')}, or ${naming()}`)
  } else if (!isExecutable) {
    return refuse(
      `${nmapPath} is not a program that may be run`,
      `run: chmod 755 ${nmapPath}, or ${naming()}`,
    )
  } else {
    return undefined
  }
}

function refuseLaunch(answer: ToolAnswer, launched: readonly string[]): Refusal | undefined {
  if (answer.missing !== undefined) {
    const carriers: Record<string, string> = { setpriv: 'util-linux', ip: 'iproute2' }
    const carrier = carriers[answer.missing] ?? answer.missing
    return refuse(`${answer.missing}, which starts nmap, is not installed`, installing(carrier))
  } else if (answer.code !== 0) {
    return refuse(
      `nmap cannot be started by "${launched.join(' ')}": ${clean(answer.stderr)}`,
      'mend what that line names; the user who runs nmap must be able to reach its file',
    )
  } else {
    return undefined
  }
}

function refuseVersion(answer: ToolAnswer, nmapPath: string): Refusal | undefined {
  const version = readVersion(answer)
  if (version === undefined) {
    return refuse(
      `${nmapPath} does not say that it is nmap`,
      `${installing('nmap')}, or ${naming()}`,
    )
  } else if (version.major * 1000 + version.minor < OLDEST.major * 1000 + OLDEST.minor) {
    return refuse(
      `nmap ${version.text} at ${nmapPath} is too old: ${OLDEST.major}.${OLDEST.minor} is the oldest that will do`,
      installing('nmap'),
    )
  } else {
    return undefined
  }
}

async function refuseRights(launched: readonly string[]): Promise<Refusal | undefined> {
  const answer = await askTool([...launched, 'cat', '/proc/self/status'])
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(answer.stdout)?.[1]
  if (effective === undefined) {
    return refuse(`what nmap may do cannot be read: ${clean(answer.stderr)}`, 'mount /proc')
  } else if (((BigInt(`0x${effective}`) >> CAP_NET_RAW) & 1n) === 0n) {
    return refuse('nmap has no right to send raw packets (CAP_NET_RAW)', giveRight())
  } else {
    return undefined
  }
}

/** A right on paper may still be taken away by a container or a security module. */
async function refusePacket(
  launched: readonly string[],
  nmapPath: string,
): Promise<Refusal | undefined> {
  const onePacket = ['--privileged', '-n', '-Pn', '-sS', '-p', '9', '--max-retries', '0']
  const answer = await askTool([...launched, nmapPath, ...onePacket, '127.0.0.1'])
  return answer.code === 0
    ? undefined
    : refuse(`nmap cannot send a raw packet: ${clean(answer.stderr)}`, giveRight())
}

function readVersion(answer: ToolAnswer) {
  const [, major, minor] = /^Nmap version ([0-9]+)\.([0-9]+)/m.exec(answer.stdout) ?? []
  return major === undefined || minor === undefined
    ? undefined
    : { major: Number(major), minor: Number(minor), text: `${major}.${minor}` }
}

function refuse(reason: string, mend: string): Refusal {
  return { state: 'refused', reason, mend }
}

function installing(name: string): string {
  return `run as root: apt-get install ${name}`
}

function naming(): string {
  return 'name its path as tools.nmap in the file of IPSPACE_CONFIG'
}

/** Ambient, not by setcap: the kernel does not let a program with capabilities of its own die with its parent. */
function giveRight(): string {
  const rights = ['--inh-caps', '--ambient-caps', '--bounding-set'].map((o) => `${o}=-all,+net_raw`)
  return [
    'start ipspace as root (it drops to an ordinary user and leaves nmap CAP_NET_RAW alone)',
    'or install the unit that `ipspace service` prints (AmbientCapabilities=CAP_NET_RAW)',
    `or run as root: setpriv --reuid=${userName()} --init-groups ${rights.join(' ')} --no-new-privs npm start`,
  ].join(', ')
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.())
  }
}
