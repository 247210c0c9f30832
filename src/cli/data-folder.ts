import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchownSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs'
import path from 'node:path'
import type { Config } from '../config.js'
import { UsageMistake } from './mistakes.js'
import { findServiceUser, isRoot, SERVICE_USER } from './service-user.js'

const { O_CREAT, O_NOFOLLOW, O_RDWR } = constants

/** Its presence says that a folder is ours; `ipspace up` locks it. */
export function lockFileOf(dataDir: string): string {
  return path.join(dataDir, 'ipspace.lock')
}

/**
 * Makes the data folder, or makes sure that it is ours: mode 0700, owned by whom the services run
 * as. Answers the configuration with its path free of links. Throws a UsageMistake with the mend.
 */
export function prepareDataFolder(config: Config): Config {
  mkdirSync(path.dirname(config.dataDir), { recursive: true })
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const dataDir = realpathSync(config.dataDir)
  refuseOfOthers(dataDir)
  // First what is in it, then whose it is: another start may be preparing it at this moment.
  const isNew = listOwn(dataDir).length === 0
  takeFolder(dataDir, statSync(dataDir), isNew)
  return { ...config, dataDir }
}

function refuseOfOthers(dataDir: string): void {
  const { uid } = statSync(dataDir)
  if (isRoot() || uid === process.getuid?.()) return
  throw new UsageMistake(
    `the data folder ${dataDir} belongs to user ${uid}: run this as root (sudo) or as that user, or set IPSPACE_DATA_DIR`,
  )
}

/** A folder with other things in it is not taken: its mode would be changed under them. */
function listOwn(dataDir: string): string[] {
  const entries = readdirSync(dataDir)
  if (entries.length > 0 && !entries.includes(path.basename(lockFileOf(dataDir)))) {
    throw new UsageMistake(
      `${dataDir} holds other things (${entries[0]}, ...): set IPSPACE_DATA_DIR to an empty or a new folder`,
    )
  }
  return entries
}

function takeFolder(dataDir: string, found: Stats, isNew: boolean): void {
  if (isRoot() && found.uid === 0) {
    if (!isNew) {
      throw new UsageMistake(
        `the data folder ${dataDir} belongs to root, and the services do not run as root. Give it to them with\n` +
          `  chown -R ${SERVICE_USER}: ${dataDir}`,
      )
    }
    const user = findServiceUser()
    chownSync(dataDir, user.uid, user.gid)
  }
  if ((found.mode & 0o777) !== 0o700) chmodSync(dataDir, 0o700)
  if (isNew) makeLockFile(dataDir)
}

/** Root writes into a folder of somebody else's here, so it follows no link. */
function makeLockFile(dataDir: string): void {
  const { uid, gid } = statSync(dataDir)
  const file = openSync(lockFileOf(dataDir), O_RDWR | O_CREAT | O_NOFOLLOW, 0o600)
  if (isRoot()) fchownSync(file, uid, gid)
  closeSync(file)
}
