import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'

/** The owner's process id stands in the name, so that whoever comes later knows what is left over. */
const NAME = /^ipspace-lab-(\d+)-/
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

const standing = new Set<string>()

/** Makes a network namespace that does not outlive this process, without IPv6 and not forwarding; gives its name. */
export function addNamespace(role: string): string {
  const name = `ipspace-lab-${process.pid}-${randomBytes(3).toString('hex')}-${role}`
  if (standing.size === 0) watchForTheEnd()
  standing.add(name)
  run('ip', ['netns', 'add', name])
  // New namespaces copy these from the machine: a forwarding one would answer for silent
  // addresses with "host unreachable", IPv6 would put its own packets into the counts.
  setSysctls(name, {
    'net.ipv4.ip_forward': 0,
    'net.ipv6.conf.all.disable_ipv6': 1,
    'net.ipv6.conf.default.disable_ipv6': 1,
  })
  ip(name, ['link set lo up'])
  return name
}

export function setSysctls(namespace: string, values: Readonly<Record<string, number>>): void {
  const words = Object.entries(values).map(([key, value]) => `${key}=${value}`)
  run('ip', ['netns', 'exec', namespace, 'sysctl', '-qw', ...words])
}

/** Ends whatever still runs inside, then takes the namespaces away; those that are gone already are no error. */
export function removeNamespaces(names: readonly string[]): void {
  const present = new Set(listNamespaces())
  for (const name of names) {
    if (present.has(name)) removeOne(name)
    standing.delete(name)
  }
  if (standing.size === 0) stopWatching()
}

/** Removes the namespaces of owners that were killed before they could. */
export function removeLeftovers(): void {
  removeNamespaces(listNamespaces().filter((name) => !isAlive(Number(NAME.exec(name)?.[1]))))
}

/** Commands of ip(8), one each, without the word `ip`. */
export function ip(namespace: string, commands: readonly string[]): void {
  run('ip', ['-n', namespace, '-batch', '-'], `${commands.join('\n')}\n`)
}

/** What a showing command of ip(8) lists. */
export function readIp<T>(namespace: string, command: readonly string[]): readonly T[] {
  return JSON.parse(run('ip', ['-n', namespace, '-json', ...command]))
}

/** Runs a tool of the system to its end and gives its output; its failure is thrown with its own words. */
export function run(command: string, args: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { input, encoding: 'utf8' })
  if (error !== undefined || status !== 0) {
    const reason = error?.message ?? stderr.trim()
    throw new Error(`lab: ${command} ${args.join(' ')}: ${reason}`, { cause: error })
  }
  return stdout
}

/** Another process may be sweeping away the same leftover at this moment. */
function removeOne(name: string): void {
  try {
    for (const pid of words(run('ip', ['netns', 'pids', name]))) endProcess(Number(pid))
    run('ip', ['netns', 'delete', name])
  } catch (error) {
    if (listNamespaces().includes(name)) throw error
  }
}

function listNamespaces(): string[] {
  const names = run('ip', ['netns', 'list']).split('\n')
  return names.map((line) => line.split(' ')[0] ?? '').filter((name) => NAME.test(name))
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself between the listing and now.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function watchForTheEnd(): void {
  process.on('exit', removeAll)
  for (const signal of SIGNALS) process.on(signal, endBy)
}

function stopWatching(): void {
  process.off('exit', removeAll)
  for (const signal of SIGNALS) process.off(signal, endBy)
}

function removeAll(): void {
  removeNamespaces([...standing])
}

/** A program that listens for the signal itself ends in its own order, and its exit removes the lab. */
function endBy(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) === 1) {
    removeAll()
    process.kill(process.pid, signal)
  }
}
