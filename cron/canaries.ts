import { formatIp } from '../src/core/address/ip.js'
import { contains, type NetworkRange, type Range } from '../src/core/address/network.js'
import {
  CANARIES_FEWEST,
  CANARIES_MOST,
  type Evidence,
  type Hearing,
  pickCanaries,
} from '../src/core/scan/blindness.js'
import { cutParts, planPart } from '../src/core/scan/plan.js'
import { dayOf, localSlots, slotOf } from '../src/core/uptime/slot.js'
import { readLink } from '../src/probe/link.js'
import { listCanaryCandidates } from '../src/store/canaries.js'
import { listDarkNetworks, readDarkness } from '../src/store/darkness.js'
import { listExclusions } from '../src/store/exclusions.js'
import { listNetworks } from '../src/store/networks.js'
import { listSites, type Site } from '../src/store/sites.js'
import { ask } from './ask.js'
import type { PartToSweep, SweepContext } from './context.js'

const RUNS = 3
const CANARY_PACKETS_PER_SECOND = 100
/** Neighbours asked when all canaries of a part are silent. */
const OTHER_NETWORKS = 4
const CANARIES_PER_OTHER = 4

/**
 * Listens to a part's canaries, and further around where all of them are silent. Where it has too few,
 * `standIns` are asked with them.
 */
export async function hearCanaries(
  context: SweepContext,
  part: PartToSweep,
  standIns: readonly number[] = [],
): Promise<Evidence> {
  const { store, darkHours } = context
  const darkness = await readDarkness(store, part.network.id, part.part)
  const link = await readLink(part.range)
  const ground = {
    canaries: 0,
    canariesAnswering: 0,
    areStandIns: false,
    gateway: 'not asked' as Hearing,
    otherNetworks: 'not asked' as Hearing,
    darkSince: darkness?.since,
    isBelieved: darkness?.isBelieved ?? false,
    darkHours,
    now: part.slotAt,
  }
  if (!link.isUp) return { ...ground, ownOutage: link.reason }
  const canaries = await findCanaries(context, part, part.slotAt)
  const areStandIns = canaries.length < CANARIES_FEWEST
  const heard = await listen(context, part, areStandIns ? [...canaries, ...standIns] : canaries)
  if (heard === undefined) return { ...ground, ownOutage: undefined }
  const evidence = { ...ground, ...heard, areStandIns }
  if (heard.ownOutage !== undefined || heard.canaries === 0 || heard.canariesAnswering > 0) {
    return evidence
  }
  return {
    ...evidence,
    gateway: await hearGateway(context, part, link.gateway),
    otherNetworks: await hearOthers(context, part),
  }
}

interface Place {
  readonly site: Site
  readonly network: NetworkRange
  readonly range: Range
}

async function findCanaries(
  { store }: SweepContext,
  { site, network, range }: Place,
  slotAt: Date,
): Promise<number[]> {
  const allowed = planPart(network, range, await listExclusions(store, site.id))
  const local = localSlots(dayOf(slotAt), site.timeZone)[slotOf(slotAt)]!
  const candidates = await listCanaryCandidates(store, site.id, range, local)
  return pickCanaries(candidates.filter(({ ip }) => allowed.some((range) => contains(range, ip))))
}

/** Our own addresses are not among the canaries: they answer whatever is cut. */
interface Heard {
  readonly canaries: number
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
  const asking = [...new Set(ips)].slice(0, CANARIES_MOST).sort((a, b) => a - b)
  const ranges = asking.map((ip) => ({ first: ip, last: ip })) as Range[]
  let canaries = asking.length
  for (let run = 0; run < RUNS && canaries > 0; run++) {
    const asked = await ask(quietly, errand, ranges)
    if (asked.state !== 'swept') {
      const ownOutage = asked.reason
      return asked.state === 'failed' ? undefined : { canaries, canariesAnswering: 0, ownOutage }
    }
    const answers = [...asked.answers.values()]
    // nmap answers for this machine's own addresses by itself, and has nothing to measure then.
    const canariesAnswering = answers.filter((answer) => answer.rttUs !== undefined).length
    canaries = asking.length - (answers.length - canariesAnswering)
    if (canariesAnswering > 0) return { canaries, canariesAnswering, ownOutage: undefined }
  }
  return { canaries, canariesAnswering: 0, ownOutage: undefined }
}

async function hear(
  context: SweepContext,
  part: PartToSweep,
  ips: readonly number[],
): Promise<Hearing> {
  const heard = await listen(context, part, ips)
  if (heard === undefined || heard.canaries === 0) return 'not asked'
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

/** Of the networks that are swept from here; one that is dark by itself says nothing about us. */
async function hearOthers(context: SweepContext, part: PartToSweep): Promise<Hearing> {
  const { store } = context
  const sites = new Map((await listSites(store)).map((site) => [site.id, site]))
  const dark = await listDarkNetworks(store)
  const ips: number[][] = []
  for (const network of await listNetworks(store)) {
    const site = sites.get(network.siteId)
    const isOurs = site !== undefined && (site.engine ?? part.site.engine) === part.site.engine
    if (!isOurs || !network.enabled || network.id === part.network.id) continue
    if (dark.has(network.id)) continue
    const range = cutParts(network)[0]!
    const canaries = await findCanaries(context, { site, network, range }, part.slotAt)
    if (canaries.length > 0) ips.push(canaries.slice(0, CANARIES_PER_OTHER))
    if (ips.length === OTHER_NETWORKS) break
  }
  return hear(context, part, ips.flat())
}
