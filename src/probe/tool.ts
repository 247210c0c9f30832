import { execFile } from 'node:child_process'

/** What every command of this room runs with: nothing of our environment reaches it. */
export const CHILD = {
  cwd: '/',
  env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
} as const

const TOOL_TIMEOUT_MS = 10_000
const OUTPUT_AT_MOST = 1_048_576

/** `missing` names a command that is not on this machine; `code` is undefined when it was killed. */
export interface ToolAnswer {
  readonly code: number | undefined
  readonly missing: string | undefined
  readonly stdout: string
  readonly stderr: string
}

/** Runs a short command without a shell and waits at most 10 seconds for it. */
export function askTool(command: readonly string[]): Promise<ToolAnswer> {
  const [program = '', ...args] = command
  const options = {
    ...CHILD,
    timeout: TOOL_TIMEOUT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: OUTPUT_AT_MOST,
  } as const
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code
      resolve({
        code: typeof code === 'number' ? code : undefined,
        missing: (code as unknown) === 'ENOENT' ? program : undefined,
        stdout,
        stderr: stderr || (error?.message ?? ''),
      })
    }).stdin?.end()
  })
}
