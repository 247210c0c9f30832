import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../config.js'
import type { StoreAddress } from '../store/pool.js'
import {
  isServing,
  type PrivateServer,
  privateAddress,
  ServerTaken,
  startPrivateServer,
} from '../store/private-server.js'
import { prepareDataFolder } from './data-folder.js'
import { findUp, type HeldLock, joinUsers, outlastUsers } from './folder-lock.js'
import { Failure, UsageMistake } from './mistakes.js'
import { databaseLaunch } from './privileges.js'

const WAIT_FOR_SERVER_MS = 60_000
const POLL_MS = 100
const SAY_WHY_AFTER_MS = 2_000

export interface Database {
  readonly address: StoreAddress
  /** This process started the server, so nobody else was using it. */
  readonly isOurs: boolean
  close(): Promise<void>
}

/**
 * The database of IPSPACE_DATABASE_URL, or the private one: `ipspace up`'s, another command's, or
 * one started for this command alone. A command that started the server stops it when the last
 * of those that use it is done, so none loses it in the middle of its work.
 */
export async function openDatabase(given: Config): Promise<Database> {
  if (given.databaseUrl !== undefined) return remote(given.databaseUrl)
  const config = prepareDataFolder(given)
  const giveUpAt = Date.now() + WAIT_FOR_SERVER_MS
  for (;;) {
    const membership = await joinUsers(config.dataDir)
    const found = await joinOrStart(config, membership)
    if (found !== undefined) return found
    membership.release()
    if (Date.now() > giveUpAt) throw new Failure(`no database answers in ${config.dataDir}`)
    await pause(POLL_MS)
  }
}

/** The database that runs already, for a part of ipspace that never starts one. */
export async function findDatabase(config: Config): Promise<StoreAddress> {
  if (config.databaseUrl !== undefined) return { url: config.databaseUrl }
  // What `ipspace up` starts waits for its database instead.
  if (!process.connected && !(await isServing(config.dataDir))) {
    throw new UsageMistake(
      'IPSPACE_DATABASE_URL is not set and no private database runs: set it, or start all with `ipspace up`',
    )
  }
  return privateAddress(config.dataDir)
}

/** Starts the private server once no other process runs it, telling why it waits. */
export async function startOwnServer(
  config: Config,
  say: (line: string) => void,
): Promise<PrivateServer> {
  const began = Date.now()
  let hasSaid = false
  for (;;) {
    try {
      return await startPrivateServer(config.dataDir, databaseLaunch(config))
    } catch (error) {
      if (!(error instanceof ServerTaken)) throw error
      if (!hasSaid && Date.now() - began > SAY_WHY_AFTER_MS) {
        hasSaid = true
        say(`waiting for another ipspace command, which has the database of ${config.dataDir}`)
      }
      await pause(POLL_MS)
    }
  }
}

async function joinOrStart(config: Config, membership: HeldLock): Promise<Database | undefined> {
  const address = privateAddress(config.dataDir)
  if (await isServing(config.dataDir)) {
    return { address, isOurs: false, close: async () => membership.release() }
  }
  if (findUp(config.dataDir) !== undefined) return undefined
  try {
    const server = await startPrivateServer(config.dataDir, databaseLaunch(config))
    return { address, isOurs: true, close: () => stopAfterOthers(config, server, membership) }
  } catch (error) {
    if (error instanceof ServerTaken) return undefined
    throw error
  }
}

async function stopAfterOthers(
  config: Config,
  server: PrivateServer,
  membership: HeldLock,
): Promise<void> {
  membership.release()
  const alone = await outlastUsers(config.dataDir)
  await server.stop()
  alone.release()
}

function remote(url: string): Database {
  return { address: { url }, isOurs: false, close: async () => undefined }
}
