import { spawnSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'

/** What the figures were measured on and with, in one paragraph. */
export function describeMachine(now: Date): string {
  const processors = cpus()
  const gigabytes = Math.round(totalmem() / 2 ** 30)
  const tools = [
    `Node ${process.version.slice(1)}`,
    `nmap ${versionOf('nmap', /version ([0-9.]+)/)}`,
    `fping ${versionOf('fping', /Version ([0-9.]+)/)}`,
    `MariaDB ${versionOf('mariadbd', /Ver ([0-9.]+)/)}`,
  ]
  return (
    `Measured on ${now.toISOString().slice(0, 10)} on ${processors.length} cores ` +
    `(${processors[0]?.model.trim() ?? 'unknown'}), ${gigabytes} GiB of memory, ` +
    `Linux ${release()}, with ${tools.join(', ')}.`
  )
}

function versionOf(tool: string, pattern: RegExp): string {
  const { stdout, stderr } = spawnSync(tool, ['--version'], { encoding: 'utf8' })
  return pattern.exec(`${stdout}${stderr}`)?.[1] ?? '(not installed)'
}
