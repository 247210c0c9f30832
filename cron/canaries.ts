import { formatIp } from '../src/core/address/ip.js'
import {
  contains,
  formatNetwork,
  type NetworkRange,
  type Range,
} from '../src/core/address/network.js'
import { type Evidence, type Hearing, judge, pickCanaries } from '../src/core/scan/blindness.js'
import { cutParts, planPart } from '../src/core/scan/plan.js'
import { dayOf, localSlots, slotOf } from '../src/core/uptime/slot.js'
import { readLink } from '../src/probe/link.js'
import { listCanaryCandidates } from '../src/store/canaries.js'
import { endDarkness, keepDarkness, readDarkness } from '../src/store/darkness.js'
import { recordEvent } from '../src/store/events.js'
import { listExclusions } from '../src/store/exclusions.js'
import { listNetworks } from '../src/store/networks.js'
import { ask } from './ask.js'
import type { PartToSweep, SweepContext } from './context.js'

const RUNS = 3
const CANARY_PACKETS_PER_SECOND = 100
/** Neighbours asked when all canaries of a part are silent. */
const OTHER_NETWORKS = 4
const CANARIES_PER_OTHER = 4

/** Listens to a part's canaries, and further around where all of them are silent. */
export async function hearCanaries(context: SweepContext, part: PartToSweep): Promise<Evidence> {
  const { store, darkHours } = context
  const darkness = await readDarkness(store, part.network.id, part.part)
  const link = await readLink(part.range)
  const ground = {
    canaries: 0,
    canariesAnswering: 0,
    gateway: 'not asked' as Hearing,
    otherNetworks: 'not asked' as Hearing,
    darkSince: darkness?.since,
    isBelieved: darkness?.isBelieved ?? false,
    darkHours,
    now: part.slotAt,
  }
  if (!link.isUp) return { ...ground, ownOutage: link.reason }
  const canaries = await findCanaries(context, part, part.network, part.range)
  const heard = await listen(context, part, canaries)
  if (heard === undefined) return { ...ground, ownOutage: undefined }
  const evidence = { ...ground, canaries: canaries.length, ...heard }
  if (heard.ownOutage !== undefined || canaries.length === 0 || heard.canariesAnswering > 0) {
    return evidence
  }
  return {
    ...evidence,
    gateway: await hearGateway(context, part, link.gateway),
    otherNetworks: await hearOthers(context, part),
  }
}

/** Writes down what the evidence comes to; undefined where the part is swept and counted. */
export async function settleVerdict(
  context: SweepContext,
  part: PartToSweep,
  evidence: Evidence,
): Promise<{ state: 'blind' | 'dark'; reason: string } | undefined> {
  const { store } = context
  const { network, site } = part
  const verdict = judge(evidence)
  const tell = (kind: string, text: string) =>
    recordEvent(store, { kind, text, siteId: site.id, networkId: network.id })
  if (verdict.state === 'blind') return verdict
  if (verdict.state === 'dark') {
    if (evidence.darkSince === undefined) {
      await keepDarkness(store, network.id, part.part, { since: verdict.since, isBelieved: false })
      await tell('network-dark', `${formatNetwork(network)} is dark: ${verdict.reason}`)
    }
    return verdict
  }
  if (verdict.state === 'believed' && !evidence.isBelieved) {
    await keepDarkness(store, network.id, part.part, { since: verdict.since, isBelieved: true })
    const since = verdict.since.toISOString()
    await tell(
      'network-believed-dark',
      `${formatNetwork(network)} has been dark since ${since}: its silence is counted from now on`,
    )
  }
  if (verdict.state === 'well' && evidence.darkSince !== undefined) {
    await endDarkness(store, network.id, part.part)
    await tell('network-back', `${formatNetwork(network)} answers again`)
  }
  return undefined
}

async function findCanaries(
  context: SweepContext,
  part: PartToSweep,
  network: NetworkRange & { readonly siteId: number },
  range: Range,
): Promise<number[]> {
  const exclusions = await listExclusions(context.store, network.siteId)
  const allowed = planPart(network, range, exclusions)
  const local = localSlots(dayOf(part.slotAt), part.site.timeZone)[slotOf(part.slotAt)]!
  const candidates = await listCanaryCandidates(context.store, network.siteId, range, local)
  return pickCanaries(candidates.filter(({ ip }) => allowed.some((range) => contains(range, ip))))
}

interface Heard {
  readonly canariesAnswering: number
  readonly ownOutage: string | undefined
}

/** Asks in up to three quick runs; one answer is enough. Undefined where nmap itself failed: it proves nothing. */
async function listen(
  context: SweepContext,
  part: PartToSweep,
  ips: readonly number[],
): Promise<Heard | undefined> {
  const { onProgress: _, ...quietly } = context
  const errand = { packetsPerSecond: CANARY_PACKETS_PER_SECOND, deadline: part.deadline }
  const ranges = [...new Set(ips)].sort((a, b) => a - b).map((ip) => ({ first: ip, last: ip }))
  for (let run = 0; run < RUNS && ips.length > 0; run++) {
    const asked = await ask(quietly, errand, ranges as Range[])
    if (asked.state !== 'swept') {
      return asked.state === 'failed'
        ? undefined
        : { canariesAnswering: 0, ownOutage: asked.reason }
    }
    if (asked.answers.size > 0) {
      return { canariesAnswering: asked.answers.size, ownOutage: undefined }
    }
  }
  return { canariesAnswering: 0, ownOutage: undefined }
}

async function hear(
  context: SweepContext,
  part: PartToSweep,
  ips: readonly number[],
): Promise<Hearing> {
  if (ips.length === 0) return 'not asked'
  const heard = await listen(context, part, ips)
  if (heard === undefined) return 'not asked'
  return heard.canariesAnswering > 0 ? 'answering' : 'silent'
}

async function hearGateway(
  context: SweepContext,
  part: PartToSweep,
  gateway: number | undefined,
): Promise<Hearing> {
  if (gateway === undefined) return 'not asked'
  const exclusions = await listExclusions(context.store, part.site.id)
  const mayAsk = !exclusions.some((it) => it.reason === 'never-scan' && contains(it, gateway))
  if (!mayAsk) return 'not asked'
  context.log.warn({ network: part.network.id }, `canaries silent, asking ${formatIp(gateway)}`)
  return hear(context, part, [gateway])
}

async function hearOthers(context: SweepContext, part: PartToSweep): Promise<Hearing> {
  const networks = await listNetworks(context.store)
  const others = networks.filter((it) => it.id !== part.network.id && it.enabled)
  const ips: number[] = []
  for (const other of others.slice(0, OTHER_NETWORKS)) {
    const [range] = cutParts(other)
    if (range === undefined) continue
    ips.push(...(await findCanaries(context, part, other, range)).slice(0, CANARIES_PER_OTHER))
  }
  return hear(context, part, ips)
}
