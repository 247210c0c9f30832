import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { UsageMistake } from './mistakes.js'

/** The system user that a start as root makes and runs its services as. */
export const SERVICE_USER = 'ipspace'

export interface ServiceUser {
  readonly uid: number
  readonly gid: number
}

export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/**
 * Whom the services run as when root starts them: the data folder's owner, else `ipspace`.
 * Undefined where this process is not root: then they run as who started them.
 */
export function serviceUser(dataDir: string): ServiceUser | undefined {
  if (!isRoot()) return undefined
  const folder = statSync(dataDir, { throwIfNoEntry: false })
  return folder !== undefined && folder.uid !== 0
    ? { uid: folder.uid, gid: folder.gid }
    : findServiceUser()
}

/** The ids of the user `ipspace`. Throws a UsageMistake with the mend where there is none. */
export function findServiceUser(): ServiceUser {
  try {
    return { uid: askId('-u'), gid: askId('-g') }
  } catch {
    throw new UsageMistake(
      `there is no system user ${SERVICE_USER}, whom a start as root runs its services as. Make it with\n` +
        `  useradd --system --user-group --no-create-home --shell /usr/sbin/nologin ${SERVICE_USER}`,
    )
  }
}

function askId(option: '-u' | '-g'): number {
  const stdio = ['ignore', 'pipe', 'ignore'] as const
  return Number(execFileSync('id', [option, SERVICE_USER], { encoding: 'utf8', stdio: [...stdio] }))
}
