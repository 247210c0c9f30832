import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { realpathSync } from 'node:fs'
import type { Config } from '../config.js'
import { programPaths, type Rights, serviceEnvironment, serviceLaunch } from './privileges.js'
import { serviceUser } from './service-user.js'

/** A part of ipspace that runs as a process of its own, and what it may do. */
export type Part = { readonly command: 'web' | 'scanner'; readonly rights: Rights }

export const WEB: Part = { command: 'web', rights: 'none' }
export const SCANNER: Part = { command: 'scanner', rights: 'raw-packets' }

/** What a part tells its supervisor once it is at work. */
export interface ReadyMessage {
  readonly ready: string
}

/**
 * Starts a part as the service user. It leaves the terminal's group, so that Ctrl-C reaches it in
 * its turn only, and is killed at once should this process die.
 */
export async function startPart(part: Part, config: Config): Promise<ChildProcess> {
  const child = launch(part, config, { stdio: ['ignore', 2, 2, 'ipc'], detached: true })
  await once(child, 'spawn')
  return child
}

/** Runs a part that root started by hand as the service user, and ends as it ends. */
export async function becomePart(part: Part, config: Config): Promise<void> {
  const child = launch(part, config, { stdio: ['ignore', 'inherit', 'inherit'], detached: true })
  const stop = () => child.kill('SIGTERM')
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop)
  const [code] = await once(child, 'exit')
  process.exitCode = code ?? 1
}

/** Tells the supervisor, if there is one, that this part is at work. */
export function tellReady(what: string): void {
  const message: ReadyMessage = { ready: what }
  process.send?.(message)
}

/** Aborted when this process is asked to end, or when its supervisor is gone. */
export function untilAskedToEnd(): AbortSignal {
  const asked = new AbortController()
  const stop = () => asked.abort()
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop).once('disconnect', stop)
  return asked.signal
}

function launch(
  part: Part,
  config: Config,
  options: { readonly stdio: ('ignore' | 'inherit' | 'ipc' | 2)[]; readonly detached: boolean },
): ChildProcess {
  const user = serviceUser(config.dataDir)
  const program = [process.execPath, ...process.execArgv, realpathSync(process.argv[1]!)]
  const words = [
    ...serviceLaunch(user, part.rights, programPaths(config)),
    ...['setpriv', '--pdeathsig', 'KILL', '--', ...program, part.command],
  ]
  const env = serviceEnvironment(config, user)
  return spawn(words[0]!, words.slice(1), { ...options, cwd: '/', env })
}
