import type { Spoiled } from './complaints.js'
import { DIES_WITH_PARENT, failed, runNmap } from './nmap-process.js'
import type { Reply } from './nmap-report.js'
import { readTargets, type TargetList } from './targets.js'

export type { Reply } from './nmap-report.js'

export interface ProbeRequest {
  /** Absolute. */
  readonly nmapPath: string
  /** Words put before nmap, such as setpriv dropping root to a user with ambient CAP_NET_RAW. */
  readonly launch: readonly string[]
  /** One list of CIDRs for each nmap process, each address once. */
  readonly targets: readonly (readonly string[])[]
  /** Addresses in all lists together. */
  readonly count: number
  /** Shared by all processes in equal parts. */
  readonly packetsPerSecond: number
  /** Past it everything is killed and the answer is `failed`. */
  readonly deadline: Date
  readonly signal?: AbortSignal
  /** About once a second for each process. */
  readonly onProgress?: (asked: number, answered: number) => void
}

/** `blind` is an outage of our own; `failed` is an nmap that cannot be believed. Neither may be counted. */
export type ProbeAnswer =
  | {
      readonly state: 'swept'
      readonly asked: number
      /** Echo and ARP requests, one for each address that is not ours; nmap's timing probes, some 3 %, are not known. */
      readonly packets: number
      readonly seconds: number
      /** Ascending by address, each once. */
      readonly replies: readonly Reply[]
    }
  | { readonly state: 'blind'; readonly reason: string }
  | { readonly state: 'failed'; readonly reason: string }

/** The longest that a timer of Node can wait; no sweep comes near it. */
const LONGEST_WAIT_MS = 2 ** 31 - 1

/**
 * Asks every address once by ICMP echo (ARP on the link) and answers who replied. All processes
 * stand or fall together: the first that is spoiled ends the others. It never throws for what nmap
 * does, and answers only when every process that it started is gone.
 */
export async function probe(request: ProbeRequest): Promise<ProbeAnswer> {
  const lists = readTargets(request.targets, request.count)
  if (!lists.ok) return failed(lists.error)
  if (!(request.packetsPerSecond > 0)) return failed('the packet rate must be above 0')
  const startedAt = performance.now()
  const stop = new AbortController()
  let spoiled: Spoiled | undefined
  const spoil = (by: Spoiled) => {
    spoiled ??= by
    stop.abort()
  }
  const release = watch(request, spoil)
  const command = nmapCommand(request, lists.value.length)
  const progress = followProgress(request, lists.value)
  const replies: Reply[] = []
  let own = 0
  await Promise.all(
    lists.value.map(async (list, i) => {
      const answer = stop.signal.aborted
        ? failed('not started')
        : await runNmap(command, list, stop.signal, progress[i]!)
      if (answer.state !== 'swept') return spoil(answer)
      for (const reply of answer.replies) replies.push(reply)
      own += answer.own
    }),
  ).finally(release)
  if (spoiled !== undefined) return spoiled
  return {
    state: 'swept',
    asked: request.count,
    packets: request.count - own,
    seconds: (performance.now() - startedAt) / 1000,
    replies: replies.sort((a, b) => a.ip - b.ip),
  }
}

function watch(request: ProbeRequest, spoil: (by: Spoiled) => void): () => void {
  const giveUp = () => spoil(failed('the sweep was given up'))
  const waitMs = request.deadline.getTime() - Date.now()
  const end = () => spoil(failed(`nmap did not end by ${request.deadline.toISOString()}`))
  const timer = setTimeout(end, Math.min(Math.max(waitMs, 0), LONGEST_WAIT_MS))
  if (waitMs <= 0) end()
  if (request.signal?.aborted) giveUp()
  request.signal?.addEventListener('abort', giveUp)
  return () => {
    clearTimeout(timer)
    request.signal?.removeEventListener('abort', giveUp)
  }
}

/**
 * `--privileged`: without raw sockets nmap then fails instead of asking by TCP. `-v --open` leaves
 * silent hosts out of the report but tells how far it is; what it writes each second also ends an
 * nmap that outlived us, on its closed pipe.
 */
function nmapCommand(request: ProbeRequest, processes: number): string[] {
  const rate = String(Math.max(0.001, Number((request.packetsPerSecond / processes).toFixed(3))))
  return [
    ...request.launch,
    ...DIES_WITH_PARENT,
    request.nmapPath,
    ...['--privileged', '-sn', '-n', '-PE', '--max-retries', '0', '-T4'],
    ...['--min-hostgroup', '4096', '--min-rate', rate, '--max-rate', rate],
    ...['-v', '--open', '--stats-every', '1s', '-oX', '-', '-iL', '-'],
  ]
}

/** One listener for each process; the request hears of their sums. */
function followProgress(
  request: ProbeRequest,
  lists: readonly TargetList[],
): ((asked: number, answered: number) => void)[] {
  const sums = { asked: 0, answered: 0 }
  return lists.map(() => {
    let before = { asked: 0, answered: 0 }
    return (asked, answered) => {
      if (asked === before.asked && answered === before.answered) return
      sums.asked += asked - before.asked
      sums.answered += answered - before.answered
      before = { asked, answered }
      request.onProgress?.(sums.asked, sums.answered)
    }
  })
}
