import { formatNetwork } from '../src/core/address/network.js'
import { cutParts } from '../src/core/scan/plan.js'
import { nextBoundary } from '../src/core/scan/schedule.js'
import { listExclusions } from '../src/store/exclusions.js'
import type { Network } from '../src/store/networks.js'
import type { Site } from '../src/store/sites.js'
import { type Claim, claimSweep, endUncounted, recordMissed } from '../src/store/sweeps.js'
import type { PartToSweep, SweepContext } from './context.js'
import { type PartResult, sweepPart } from './sweep-part.js'

/** Parts of one network at a time: while one asks again, the other uses the rate. */
const PARTS_AT_ONCE = 2
/** An overdue sweep may use up the interval after its own, short of what its successor needs to start. */
const HANDOVER_MS = 20_000

export interface Errand {
  readonly site: Site
  readonly network: Network
  readonly slotAt: Date
  readonly packetsPerSecond: number
}

export interface SweepResult extends Omit<PartResult, 'state' | 'reason'> {
  readonly network: Network
  readonly slotAt: Date
  readonly seconds: number
  /** One per part; empty where every part is claimed by somebody else. */
  readonly parts: readonly PartResult[]
}

/**
 * Sweeps a network at a slot: each of its parts that can be claimed, two at a time. With `isShown`
 * a part that is claimed already is swept too, and shown without being counted.
 */
export async function sweepNetwork(
  context: SweepContext,
  errand: Errand,
  isShown = false,
): Promise<SweepResult> {
  const started = performance.now()
  const { site, network, slotAt } = errand
  const exclusions = await listExclusions(context.store, site.id)
  const ranges = cutParts(network)
  const atOnce = Math.min(PARTS_AT_ONCE, ranges.length)
  const parts = ranges.map(
    (range, part): PartToSweep => ({
      site,
      network,
      exclusions,
      part,
      range,
      slotAt,
      deadline: deadlineOf(network, slotAt),
      packetsPerSecond: Math.max(1, Math.floor(errand.packetsPerSecond / atOnce)),
    }),
  )
  const results: PartResult[] = []
  const waiting = parts.values()
  const work = async () => {
    for (const part of waiting) {
      const result = await sweepClaimed(context, part, isShown)
      if (result !== undefined) results.push(result)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  const seconds = (performance.now() - started) / 1_000
  return { ...total(results), network, slotAt, seconds, parts: results }
}

/** A slot that its network could not begin, because the sweep before it still runs or waits. */
export async function missSlot(
  context: SweepContext,
  site: Site,
  network: Network,
  slotAt: Date,
  reason: string,
): Promise<void> {
  for (const [part, range] of cutParts(network).entries()) {
    const deadline = deadlineOf(network, slotAt)
    const claim = claimOf(context, { site, network, part, range, slotAt, deadline })
    const isRecorded = await recordMissed(context.store, claim, reason)
    if (isRecorded) context.log.warn({ slotAt }, `${formatNetwork(network)} missed: ${reason}`)
  }
}

/** One interval beyond its own, but never beyond its successor's successor. */
export function deadlineOf(network: { readonly sweepMinutes: number }, slotAt: Date): Date {
  const boundary = nextBoundary(network, slotAt)
  return new Date(boundary.getTime() + network.sweepMinutes * 60_000 - HANDOVER_MS)
}

async function sweepClaimed(
  context: SweepContext,
  part: PartToSweep,
  isShown: boolean,
): Promise<PartResult | undefined> {
  if (context.signal.aborted) return undefined
  const claim = await claimSweep(context.store, claimOf(context, part))
  if (claim === undefined && !isShown) return undefined
  try {
    const result = await sweepPart(context, part, claim)
    log(context, part, result)
    return result
  } catch (error) {
    const reason = (error as Error).message
    const failed = { state: 'failed', asked: 0, alive: 0, new: 0, packets: 0, reason } as const
    if (claim !== undefined) {
      await endUncounted(context.store, claim, 'failed', reason).catch(() => undefined)
    }
    log(context, part, failed)
    return failed
  }
}

function claimOf(
  context: SweepContext,
  part: Omit<PartToSweep, 'exclusions' | 'packetsPerSecond'>,
): Claim {
  return {
    siteId: part.site.id,
    networkId: part.network.id,
    part: part.part,
    range: part.range,
    slotAt: part.slotAt,
    deadline: part.deadline,
    engine: context.engine,
    token: context.token,
  }
}

function log(context: SweepContext, part: PartToSweep, result: PartResult): void {
  const { state, reason, ...figures } = result
  const line = `${formatNetwork(part.network)} part ${part.part}: ${state}`
  if (reason === undefined) context.log.info({ slotAt: part.slotAt, ...figures }, line)
  else context.log.warn({ slotAt: part.slotAt }, `${line}: ${reason}`)
}

function total(parts: readonly PartResult[]) {
  const add = (figure: 'asked' | 'alive' | 'new' | 'packets') =>
    parts.reduce((sum, part) => sum + part[figure], 0)
  return { asked: add('asked'), alive: add('alive'), new: add('new'), packets: add('packets') }
}
