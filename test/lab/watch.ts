import { spawnSync } from 'node:child_process'

/** The labs' namespaces that a process owns. */
export function namespacesOf(pid: number | undefined): string[] {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' })
  return stdout.split('\n').filter((line) => line.startsWith(`ipspace-lab-${pid}-`))
}

export function processesIn(namespace: string): number {
  const { stdout } = spawnSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' })
  return stdout.split('\n').filter((line) => line !== '').length
}

/** Waits without an end of its own: the test's time limit is the limit. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20))
}
