import { setTimeout as pause } from 'node:timers/promises'
import { IpSet } from '../src/core/address/ip-set.js'
import type { Range } from '../src/core/address/network.js'
import { countAddresses, renderTargets, splitEvenly } from '../src/core/scan/plan.js'
import { probe } from '../src/probe/nmap.js'
import type { Answer } from '../src/store/answer.js'
import type { SweepContext } from './context.js'

/** One nmap process wastes time on silent addresses; several share the rate and lose less. */
const PROCESSES = 4
const ADDRESSES_PER_PROCESS = 4_096
/** Loss comes in bursts, so the runs are spread over seconds. */
const PAUSES_BEFORE_ASKING_AGAIN_MS = [500, 2_000, 3_000]
/** Kept free before the deadline, for the counting. */
const COUNTING_RESERVE_MS = 15_000

export interface Asked {
  readonly state: 'swept'
  readonly answers: Map<number, Answer>
  readonly packets: number
}

export interface AskedAgain extends Asked {
  readonly stillSilent: IpSet
  /** Nobody may call these silent: there was no time to ask them again. */
  readonly notAsked: IpSet
}

export interface Unasked {
  readonly state: 'blind' | 'failed'
  readonly reason: string
}

/** What asking needs of a sweep's context. */
type Asker = Pick<SweepContext, 'nmapPath' | 'launch' | 'signal' | 'onProgress'>

interface Errand {
  readonly packetsPerSecond: number
  readonly deadline: Date
}

/** Asks each address of the ranges once. */
export async function ask(
  context: Asker,
  errand: Errand,
  ranges: readonly Range[],
): Promise<Asked | Unasked> {
  const count = countAddresses(ranges)
  const processes = Math.min(PROCESSES, Math.ceil(count / ADDRESSES_PER_PROCESS))
  const answer = await probe({
    nmapPath: context.nmapPath,
    launch: context.launch,
    targets: splitEvenly(ranges, processes).map(renderTargets),
    count,
    packetsPerSecond: errand.packetsPerSecond,
    deadline: new Date(errand.deadline.getTime() - COUNTING_RESERVE_MS),
    signal: context.signal,
    ...(context.onProgress === undefined ? {} : { onProgress: context.onProgress }),
  })
  if (answer.state !== 'swept') return answer
  const answers = new Map(answer.replies.map((reply): [number, Answer] => [reply.ip, reply]))
  return { state: 'swept', answers, packets: answer.packets }
}

/** Asks the doubted up to three times more, each time those that are still silent. */
export async function askAgain(
  context: Asker,
  errand: Errand,
  doubted: IpSet,
): Promise<AskedAgain | Unasked> {
  const answers = new Map<number, Answer>()
  const silent = doubted
  let packets = 0
  for (const waitMs of PAUSES_BEFORE_ASKING_AGAIN_MS) {
    if (silent.size === 0) break
    if (!hasTime(errand, silent.size, waitMs)) {
      return { state: 'swept', answers, packets, stillSilent: silent, notAsked: silent }
    }
    await pause(waitMs, undefined, { signal: context.signal }).catch(() => undefined)
    const { onProgress: _, ...quietly } = context
    const asked = await ask(quietly, errand, silent.toRanges())
    if (asked.state !== 'swept') return asked
    packets += asked.packets
    for (const [ip, answer] of asked.answers) {
      answers.set(ip, answer)
      silent.remove(ip)
    }
  }
  return {
    state: 'swept',
    answers,
    packets,
    stillSilent: silent,
    notAsked: new IpSet(silent.range),
  }
}

function hasTime({ deadline, packetsPerSecond }: Errand, count: number, waitMs: number): boolean {
  const neededMs = waitMs + 1_500 + (1_000 * count) / packetsPerSecond
  return Date.now() + neededMs < deadline.getTime() - COUNTING_RESERVE_MS
}
