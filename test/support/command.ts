import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { Command, CommanderError } from 'commander'
import { UsageMistake } from '../../src/cli/mistakes.js'
import { PROJECT_DIR } from '../../src/config.js'
import type { TestDatabase } from './database.js'
import { ipspace, until } from './ipspace.js'

/** How a command ended: its exit code, and all that it said. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs commands in this process, on the test's database; a mistake's message stands alone in `err`. */
export async function runHere(
  database: TestDatabase,
  addCommands: (program: Command) => void,
  args: readonly string[],
): Promise<Ran> {
  const said = { out: '', err: '' }
  const restore = [listen(process.stdout, 'out', said), listen(process.stderr, 'err', said)]
  process.env.IPSPACE_DATABASE_URL = urlOf(database)
  try {
    const program = new Command('ipspace').exitOverride()
    addCommands(program)
    await program.parseAsync(args, { from: 'user' })
    return { code: 0, ...said }
  } catch (error) {
    if (error instanceof CommanderError) return { code: error.exitCode === 0 ? 0 : 2, ...said }
    const code = error instanceof UsageMistake ? 2 : 1
    return { code, out: said.out, err: said.err + (error as Error).message }
  } finally {
    delete process.env.IPSPACE_DATABASE_URL
    for (const undo of restore) undo()
  }
}

/** Runs the real command in a process of its own, without a terminal. */
export async function runApart(
  database: TestDatabase,
  args: readonly string[],
  input = '',
): Promise<Ran> {
  const env = { IPSPACE_DATABASE_URL: urlOf(database) }
  const { code, stdout, stderr } = await ipspace(args, { env, input })
  return { code: code ?? -1, out: stdout, err: stderr }
}

/** Runs the real command on a terminal of its own (script, of util-linux) and types when it asks. */
export async function runOnTerminal(
  database: TestDatabase,
  args: readonly string[],
  typed: string,
): Promise<Ran> {
  const words = [process.execPath, path.join(PROJECT_DIR, 'bin', 'ipspace'), ...args]
  const command = words.map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { ...process.env, IPSPACE_DATABASE_URL: urlOf(database), IPSPACE_DOTENV: 'read' },
  })
  let out = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  const exit = once(child, 'exit')
  // readline moves the cursor behind its question.
  await until(() => /: (\x1b\[[0-9;]*[A-Z])*$/.test(out) || child.exitCode !== null)
  child.stdin.write(typed)
  const [code] = await exit
  return { code, out, err: '' }
}

export function urlOf(database: TestDatabase): string {
  return `mysql://root@localhost/${database.name}?socketPath=${database.socketPath}`
}

function listen(
  stream: NodeJS.WriteStream,
  name: 'out' | 'err',
  said: Record<'out' | 'err', string>,
): () => void {
  const write = stream.write
  stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
    said[name] += String(chunk)
    const done = rest.find((each) => typeof each === 'function') as (() => void) | undefined
    done?.()
    return true
  }) as typeof stream.write
  return () => {
    stream.write = write
  }
}
