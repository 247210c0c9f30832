import { IpSet } from '../src/core/address/ip-set.js'
import type { Range } from '../src/core/address/network.js'
import { CANARIES_MOST } from '../src/core/scan/blindness.js'
import { countAddresses, planPart } from '../src/core/scan/plan.js'
import { countPart, type Outcome } from '../src/store/counting.js'
import { readKnown } from '../src/store/known.js'
import { type ClaimedSweep, endUncounted, lastCountedSlots } from '../src/store/sweeps.js'
import { type Asked, ask, askAgain } from './ask.js'
import { hearCanaries } from './canaries.js'
import type { PartToSweep, SweepContext } from './context.js'
import { whileLinkIsUp } from './link-watch.js'
import { noticeReturn, settleVerdict } from './verdict.js'

/** Who was seen in any of this many counted sweeps is asked again before being counted silent. */
const SWEEPS_REMEMBERED = 3

export interface PartResult {
  readonly state: 'counted' | 'shown' | 'blind' | 'dark' | 'failed'
  readonly asked: number
  readonly alive: number
  readonly new: number
  readonly packets: number
  readonly reason: string | undefined
}

/**
 * Sweeps one part: gather, decide, save. With a claim it is counted whole or not at all; without one
 * (the slot is somebody's already) it is only shown.
 */
export async function sweepPart(
  context: SweepContext,
  part: PartToSweep,
  claim: ClaimedSweep | undefined,
): Promise<PartResult> {
  const swept = await askPart(context, part)
  if (swept.state !== 'swept') return end(context, claim, swept)
  const { outcome } = swept
  const figures = {
    asked: outcome.asked.size,
    alive: outcome.seen.size,
    packets: outcome.packets,
    reason: undefined,
  }
  if (claim === undefined) {
    const { known } = await readKnown(context.store, part.site.id, part.range, part.slotAt)
    return { ...figures, state: 'shown', new: outcome.seen.without(known).size }
  }
  const counted = await countPart(context.store, claim, outcome)
  return counted.state === 'counted'
    ? { ...figures, state: 'counted', new: counted.new }
    : { ...figures, state: 'failed', new: 0, reason: counted.reason }
}

type SweptPart = { readonly state: 'swept'; readonly outcome: Outcome } | Uncounted

interface Uncounted {
  readonly state: 'blind' | 'dark' | 'failed'
  readonly reason: string
}

async function askPart(context: SweepContext, part: PartToSweep): Promise<SweptPart> {
  const ranges = planPart(part.network, part.range, part.exclusions)
  if (countAddresses(ranges) === 0) return nothingToAsk(part.range)
  const evidence = await hearCanaries(context, part)
  const before = await settleVerdict(context, part, evidence)
  if (before.state === 'blind' || before.state === 'dark') return before
  const swept = await whileLinkIsUp(context, part.range, (watched) =>
    askRanges(watched, part, ranges),
  )
  if (swept.state !== 'swept') return swept
  const { outcome, recent } = swept
  if (recent.without(outcome.seen).size > 0) {
    // An outage of ours may have begun in the middle: who was there is not silent before that is known.
    const later = await hearCanaries(context, part, pickStandIns(recent))
    const after = await settleVerdict(context, part, later)
    if (after.state === 'blind' || after.state === 'dark') return after
  }
  if (before.state === 'believed') await noticeReturn(context, part, evidence, outcome.seen.size)
  return swept
}

interface SweptRanges {
  readonly state: 'swept'
  readonly outcome: Outcome
  /** Who of the plan was seen in the last counted sweeps. */
  readonly recent: IpSet
}

/** Asks everybody once, and those who were there lately again where they are silent. */
async function askRanges(
  context: SweepContext,
  part: PartToSweep,
  ranges: readonly Range[],
): Promise<SweptRanges | Uncounted> {
  const first = await ask(context, part, ranges)
  if (first.state !== 'swept') return first
  const seen = IpSet.of(part.range, first.answers.keys())
  const recent = await readRecent(context, part, ranges)
  const again = await askAgain(context, part, recent.without(seen))
  if (again.state !== 'swept') return again
  for (const ip of again.answers.keys()) seen.add(ip)
  const asked = IpSet.ofRanges(part.range, ranges).without(again.notAsked)
  return { state: 'swept', outcome: toOutcome(asked, seen, first, again), recent }
}

/** Those of the plan who were seen in the last counted sweeps. */
async function readRecent(
  context: SweepContext,
  part: PartToSweep,
  ranges: readonly Range[],
): Promise<IpSet> {
  const { store } = context
  const slots = await lastCountedSlots(
    store,
    part.network.id,
    part.part,
    part.slotAt,
    SWEEPS_REMEMBERED,
  )
  const since = slots.at(-1)
  if (since === undefined) return new IpSet(part.range)
  const { recent } = await readKnown(store, part.site.id, part.range, since)
  return recent.within(IpSet.ofRanges(part.range, ranges))
}

/** Some of those who were there lately, from all over the part. */
function pickStandIns(recent: IpSet): number[] {
  const step = Math.ceil(recent.size / CANARIES_MOST)
  return [...recent].filter((_, index) => index % step === 0)
}

function toOutcome(asked: IpSet, seen: IpSet, first: Asked, again: Asked): Outcome {
  return {
    asked,
    seen: seen.within(asked),
    answers: [...first.answers.values(), ...again.answers.values()],
    packets: first.packets + again.packets,
  }
}

function nothingToAsk(range: Range): SweptPart {
  const none = new IpSet(range)
  return { state: 'swept', outcome: { asked: none, seen: none, answers: [], packets: 0 } }
}

async function end(
  context: SweepContext,
  claim: ClaimedSweep | undefined,
  { state, reason }: Uncounted,
): Promise<PartResult> {
  if (claim !== undefined) await endUncounted(context.store, claim, state, reason)
  return { state, asked: 0, alive: 0, new: 0, packets: 0, reason }
}
