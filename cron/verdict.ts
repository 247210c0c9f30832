import { formatRange } from '../src/core/address/network.js'
import { CANARIES_FEWEST, type Evidence, judge, type Verdict } from '../src/core/scan/blindness.js'
import { endDarkness, keepDarkness, readDarkness } from '../src/store/darkness.js'
import { recordEvent } from '../src/store/events.js'
import type { PartToSweep, SweepContext } from './context.js'

/** Judges the evidence, keeps what changed by it, and tells each change once. */
export async function settleVerdict(
  context: SweepContext,
  part: PartToSweep,
  evidence: Evidence,
): Promise<Verdict> {
  const { store } = context
  const { network } = part
  const verdict = judge(evidence)
  if (verdict.state === 'dark' && evidence.darkSince === undefined) {
    await keepDarkness(store, network.id, part.part, { since: verdict.since, isBelieved: false })
    await tell(context, part, 'network-dark', `is dark: ${verdict.reason}`)
  }
  if (verdict.state === 'believed' && !evidence.isBelieved) {
    await keepDarkness(store, network.id, part.part, { since: verdict.since, isBelieved: true })
    const since = verdict.since.toISOString()
    const text = `has been dark since ${since}: its silence is counted from now on`
    await tell(context, part, 'network-believed-dark', text)
  }
  if (verdict.state === 'well' && evidence.darkSince !== undefined) await end(context, part)
  return verdict
}

/**
 * Canaries that were counted silent for a while are none any more: then a darkness ends when so many
 * answer the sweep itself as it takes canaries to begin one.
 */
export async function noticeReturn(
  context: SweepContext,
  part: PartToSweep,
  evidence: Evidence,
  answering: number,
): Promise<void> {
  if (evidence.canaries >= CANARIES_FEWEST || answering < CANARIES_FEWEST) return
  const darkness = await readDarkness(context.store, part.network.id, part.part)
  if (darkness !== undefined) await end(context, part)
}

async function end(context: SweepContext, part: PartToSweep): Promise<void> {
  await endDarkness(context.store, part.network.id, part.part)
  await tell(context, part, 'network-back', 'answers again')
}

function tell(
  { store }: SweepContext,
  { site, network, range }: PartToSweep,
  kind: string,
  what: string,
): Promise<void> {
  const text = `${formatRange(range)} ${what}`
  return recordEvent(store, { kind, text, siteId: site.id, networkId: network.id })
}
