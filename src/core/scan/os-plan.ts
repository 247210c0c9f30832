import { type Exclusion, isUnswept } from '../address/exclusion.js'
import {
  contains,
  isNetworkOrBroadcast,
  type NetworkRange,
  type Range,
} from '../address/network.js'

/** The job runs every five minutes. */
const RUNS_PER_HOUR = 12
/** Whoever was silent for longer than its network's last two sweeps is not asked. */
const SWEEPS_REMEMBERED = 2
const COUNTING_MS = 300_000

/** An address whose operating system is due. */
export interface OsCandidate {
  readonly siteId: number
  readonly ip: number
  readonly isFragile: boolean
  readonly vendor: string | undefined
  readonly lastActive: Date | undefined
  /** The last asking of it came to nothing. */
  readonly hasFailed: boolean
}

/** What decides in one site whether an address may be asked. */
export interface OsGround {
  readonly networks: readonly (NetworkRange & {
    readonly enabled: boolean
    readonly sweepMinutes: number
  })[]
  readonly exclusions: readonly Exclusion[]
  readonly fragileRanges: readonly Range[]
  /** As an administrator wrote them; any part of a vendor's name, in any case. */
  readonly fragileVendors: readonly string[]
}

export type OsVerdict = 'ask' | 'excluded' | 'fragile' | 'away'

/** How many addresses a run may ask, so that no hour has more than its budget. */
export function shareOfHour(perHour: number, askedInLastHour: number): number {
  return Math.max(0, Math.min(Math.ceil(perHour / RUNS_PER_HOUR), perHour - askedInLastHour))
}

/**
 * Whether an address may be asked now. Only what sweeps ask too: nmap's own manual warns that
 * detecting an operating system has crashed systems.
 */
export function judgeCandidate(candidate: OsCandidate, ground: OsGround, now: Date): OsVerdict {
  const { ip } = candidate
  const network = ground.networks.find((it) => it.enabled && contains(it, ip))
  if (network === undefined || isNetworkOrBroadcast(network, ip)) return 'excluded'
  else if (ground.exclusions.some((it) => isUnswept(it.reason) && contains(it, ip)))
    return 'excluded'
  else if (isFragile(candidate, ground)) return 'fragile'
  else if (isAway(candidate, network.sweepMinutes, now)) return 'away'
  else return 'ask'
}

/** The next to be asked by one nmap; whoever spoiled a run is asked alone, so that it spoils no other. */
export function takeBatch<T extends Pick<OsCandidate, 'hasFailed'>>(
  candidates: readonly T[],
  most: number,
): T[] {
  const [first] = candidates
  if (first?.hasFailed) return [first].slice(0, most)
  return candidates.filter((candidate) => !candidate.hasFailed).slice(0, most)
}

function isFragile(candidate: OsCandidate, ground: OsGround): boolean {
  const vendor = candidate.vendor?.toLowerCase()
  return (
    candidate.isFragile ||
    ground.fragileRanges.some((range) => contains(range, candidate.ip)) ||
    ground.fragileVendors.some((mark) => vendor?.includes(mark.toLowerCase()))
  )
}

function isAway({ lastActive }: OsCandidate, sweepMinutes: number, now: Date): boolean {
  const longestMs = SWEEPS_REMEMBERED * sweepMinutes * 60_000 + COUNTING_MS
  return lastActive === undefined || now.getTime() - lastActive.getTime() > longestMs
}
