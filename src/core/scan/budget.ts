import type { Parsed } from '../address/ip.js'
import { SWEEP_MINUTES } from './schedule.js'

/** What nmap really sends of the rate it was asked for; measured. */
const REAL_SHARE_OF_RATE = 0.82
/** Echo requests per address in steady state: the first, and those that ask the silent again. */
const PACKETS_PER_ADDRESS = 1.15
/** Canaries, the pauses between the runs that ask again, and the count. */
const FIXED_SECONDS = 8
/** A sweep must end this far into its interval; the rest is for bad days. */
const MOST_OF_INTERVAL = 0.9

/** One network's sweeping, as it was asked for. */
export interface Workload {
  /** What is left to probe once the exclusions are taken out. */
  readonly addresses: number
  readonly packetsPerSecond: number
  readonly sweepMinutes: number
}

export interface Cost {
  readonly addresses: number
  readonly packetsPerSecond: number
  readonly seconds: number
  /** Of its interval, 0 to 1. */
  readonly share: number
}

/** What one sweep takes, from figures measured with nmap. */
export function estimateCost(work: Workload): Cost {
  const packets = work.addresses * PACKETS_PER_ADDRESS
  const seconds = packets / (work.packetsPerSecond * REAL_SHARE_OF_RATE) + FIXED_SECONDS
  return {
    addresses: work.addresses,
    packetsPerSecond: work.packetsPerSecond,
    seconds,
    share: seconds / (work.sweepMinutes * 60),
  }
}

/**
 * The cost of a network, or why it cannot be borne and which rate or interval could: its sweep must
 * fit its interval, and with `others` (what else the same engine sweeps) stay within `limit`
 * packets per second in all.
 */
export function checkBudget(
  work: Workload,
  others: readonly Workload[],
  limit: number,
): Parsed<Cost> {
  const cost = estimateCost(work)
  const least = Math.ceil(neededRate(work))
  const taken = others.reduce((sum, other) => sum + neededRate(other), 0)
  if (taken + neededRate(work) > limit) return refuse(explainLimit(work, taken, limit))
  if (work.packetsPerSecond > limit) {
    return refuse(
      `${packets(work.packetsPerSecond)} is more than all networks together may send: give at most ${limit}, or raise the setting scan.packets_per_second`,
    )
  }
  if (work.packetsPerSecond < least) {
    return refuse(
      `a sweep of ${addresses(work)} at ${packets(work.packetsPerSecond)} takes ${Math.ceil(cost.seconds)} seconds, which does not fit its ${work.sweepMinutes} minutes: give at least ${packets(least)}`,
    )
  }
  return { ok: true, value: cost }
}

/** The rate, in packets per second and not rounded, at which a sweep just fits its interval. */
export function neededRate(work: Omit<Workload, 'packetsPerSecond'>): number {
  const seconds = work.sweepMinutes * 60 * MOST_OF_INTERVAL - FIXED_SECONDS
  return (work.addresses * PACKETS_PER_ADDRESS) / REAL_SHARE_OF_RATE / seconds
}

/** Names the shortest interval that would fit, with its rate; else the limit that would. */
function explainLimit(work: Workload, taken: number, limit: number): string {
  const needed = Math.ceil(taken + neededRate(work))
  const others = taken > 0 ? ', together with what is swept already,' : ''
  const problem = `a sweep of ${addresses(work)} every ${work.sweepMinutes} minutes${others} needs ${packets(needed)}, and all networks together may send ${limit}`
  const longer = SWEEP_MINUTES.filter((minutes) => minutes > work.sweepMinutes)
  const fitting = longer.find(
    (sweepMinutes) => taken + neededRate({ ...work, sweepMinutes }) <= limit,
  )
  if (fitting === undefined) {
    return `${problem}: watch less of it, or raise the setting scan.packets_per_second`
  }
  const rate = Math.ceil(neededRate({ ...work, sweepMinutes: fitting }))
  return `${problem}: sweep it every ${fitting} minutes with at least ${packets(rate)}, or raise the setting scan.packets_per_second`
}

function addresses(work: Workload): string {
  return `${work.addresses.toLocaleString('en')} address${work.addresses === 1 ? '' : 'es'}`
}

function packets(rate: number): string {
  return `${rate} packet${rate === 1 ? '' : 's'} per second`
}

function refuse(error: string): { readonly ok: false; readonly error: string } {
  return { ok: false, error }
}
