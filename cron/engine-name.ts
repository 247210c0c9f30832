import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { type Engine, type EngineIdentity, readEngine, takeEngine } from '../src/store/engines.js'
import type { Store } from '../src/store/pool.js'

export class EngineTaken extends Error {
  override readonly name = 'EngineTaken'
}

const BOOT_ID = '/proc/sys/kernel/random/boot_id'
/** Containers of one machine may share its name and its boot, but do not see each other's processes. */
const PROCESS_SPACE = '/proc/self/ns/pid'

/**
 * This process as an engine: machine, boot and process space, process id and its start, so that a dead
 * one is known as dead.
 */
export function identify(name: string, token: string): EngineIdentity {
  return {
    name,
    token,
    machine: `${hostname()} ${read(BOOT_ID)?.trim() ?? ''} ${readlinkSync(PROCESS_SPACE)}`,
    process: `${process.pid} ${startOf(process.pid) ?? ''}`,
  }
}

/**
 * Takes the engine's name, at once from a holder that is seen to be dead. Throws EngineTaken, naming
 * the holder, where it lives on this machine or is heard of from another.
 */
export async function holdEngine(
  store: Store,
  me: EngineIdentity,
  signal: AbortSignal,
): Promise<void> {
  const before = await readEngine(store, me.name)
  const dead = before !== undefined && isDead(before, me) ? before.token : undefined
  const holder = await takeEngine(store, me, dead)
  if (holder.token === me.token) return
  if (isDead(holder, me)) {
    await pause(200, undefined, { signal }).catch(() => undefined)
    return holdEngine(store, me, signal)
  }
  const [pid] = holder.process.split(' ')
  const [machine] = holder.machine.split(' ')
  throw new EngineTaken(
    `another scanner is engine "${me.name}": process ${pid} on ${machine}, since ${holder.started.toISOString()}. ` +
      'End it, or give this one a name of its own with IPSPACE_ENGINE',
  )
}

/**
 * Seen to be dead: it ran here, in this boot, and no such process is left. Of another boot nothing is
 * known, because two machines may have one name: its lease has to run out.
 */
function isDead(engine: Engine, me: EngineIdentity): boolean {
  if (engine.machine !== me.machine) return false
  const [pid = '', started = ''] = engine.process.split(' ')
  return startOf(Number(pid)) !== started
}

/** A process's start in clock ticks since boot, the 22nd field of its stat line. */
function startOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
