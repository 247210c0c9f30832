import { type ChildProcess, spawn } from 'node:child_process'
import { Complaints, clean, type Spoiled } from './complaints.js'
import { NmapReport, type Reply, type Totals } from './nmap-report.js'
import type { TargetList } from './targets.js'
import { CHILD } from './tool.js'

export type RunAnswer =
  | { readonly state: 'swept'; readonly replies: readonly Reply[]; readonly own: number }
  | Spoiled

/**
 * Words between the launch and nmap. They stand last because a change of user makes the kernel
 * forget the wish to die with the parent.
 */
export const DIES_WITH_PARENT = ['setpriv', '--pdeathsig', 'KILL'] as const

/** A reader of nmap's XML as it streams. */
export interface StreamedReport {
  write(chunk: string): void
  /** No more will come. */
  close(): void
  readonly fault: string | undefined
  readonly totals: Totals | undefined
  /** Hosts that it named as up. */
  readonly named: number
}

/** Runs one nmap over one list and answers who replied. */
export async function runNmap(
  command: readonly string[],
  targets: TargetList,
  stop: AbortSignal,
  onProgress: (asked: number, answered: number) => void,
): Promise<RunAnswer> {
  const report = new NmapReport(targets)
  const tell = () => onProgress(report.asked, report.replies.size)
  const spoiled = await followNmap(command, targets, report, stop, tell)
  if (spoiled !== undefined) return spoiled
  onProgress(targets.count, report.replies.size)
  return { state: 'swept', replies: [...report.replies.values()], own: report.own }
}

/**
 * Runs one nmap over one list and feeds its report as it streams. The first thing that spoils the
 * run ends it at once, and so does `stop`; either way the answer comes when the process is gone.
 */
export function followNmap(
  command: readonly string[],
  targets: TargetList,
  report: StreamedReport,
  stop: AbortSignal,
  onChunk: () => void = () => undefined,
): Promise<Spoiled | undefined> {
  const complaints = new Complaints()
  return new Promise((resolve) => {
    const child = start(command)
    if (child instanceof Error) return resolve(notStarted(child))
    const kill = () => killGroup(child)
    const end = (spoiled: Spoiled | undefined) => {
      stop.removeEventListener('abort', kill)
      resolve(spoiled)
    }
    child.once('error', (error) => {
      if (child.pid === undefined) end(notStarted(error))
    })
    child.once('close', (code, signal) => end(judge(report, complaints, targets, code, signal)))
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      report.write(chunk)
      if (report.fault !== undefined) kill()
      else onChunk()
    })
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      complaints.write(chunk)
      if (complaints.spoiled !== undefined) kill()
    })
    // An nmap that ends before it has read its targets says why by its exit code and totals.
    child.stdin?.on('error', () => undefined).end(`${targets.lines.join('\n')}\n`)
    if (stop.aborted) kill()
    else stop.addEventListener('abort', kill)
  })
}

/** In a process group of its own: Ctrl-C in our terminal is ours to answer, and one kill ends all of it. */
function start(command: readonly string[]): ChildProcess | Error {
  const [program = '', ...args] = command
  try {
    return spawn(program, args, { ...CHILD, stdio: 'pipe', detached: true })
  } catch (error) {
    return error as Error
  }
}

function notStarted(error: Error): Spoiled {
  return failed(`nmap cannot be started: ${clean(error.message)}`)
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

/** A run counts only if nothing at all is wrong with it. */
function judge(
  report: StreamedReport,
  complaints: Complaints,
  targets: TargetList,
  code: number | null,
  signal: NodeJS.Signals | null,
): Spoiled | undefined {
  complaints.close()
  if (complaints.spoiled !== undefined) return complaints.spoiled
  if (report.fault !== undefined) return failed(`nmap cannot be believed: ${report.fault}`)
  if (signal !== null) return failed(`nmap was ended by ${signal}`)
  report.close()
  const { totals } = report
  const message = totals?.message ? `: ${clean(totals.message)}` : ''
  if (code !== 0) return failed(`nmap ended with exit code ${code}${message}`)
  if (report.fault !== undefined || totals === undefined) {
    return failed(`nmap cannot be believed: ${report.fault}`)
  }
  if (totals.exit !== 'success') {
    return failed(`nmap reports its end as "${clean(totals.exit)}"${message}`)
  }
  if (totals.total === 0) {
    return { state: 'blind', reason: 'nmap could ask no address at all: no route, or no link' }
  }
  if (totals.total !== targets.count) {
    return failed(`nmap reports on ${totals.total} addresses, but ${targets.count} were asked`)
  }
  if (totals.up !== report.named) {
    return failed(`nmap counts ${totals.up} addresses that answer, but names ${report.named}`)
  }
  return undefined
}

export function failed(reason: string): Spoiled {
  return { state: 'failed', reason }
}
