import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** Process ids of programs that were started by a command that begins so; zombies do not count. */
export function running(command: string): number[] {
  return processes().filter((pid) => commandLine(pid).startsWith(command))
}

/** Process ids whose command line has this anywhere; zombies do not count. */
export function mentioning(words: string): number[] {
  return processes().filter((pid) => commandLine(pid).includes(words))
}

/** Looks every 25 ms, and throws after 10 seconds. */
export async function until<T>(look: () => T, isEnough: (found: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const found = look()
    if (isEnough(found)) return found
    await pause(25)
  }
  throw new Error('what the test waits for did not come')
}

function processes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map(Number)
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}
