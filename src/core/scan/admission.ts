import type { Exclusion } from '../address/exclusion.js'
import type { Parsed } from '../address/ip.js'
import { formatNetwork, type NetworkRange, overlaps } from '../address/network.js'
import { mayShareEngine } from '../address/site.js'
import { type Cost, checkBudget, neededRate, type Workload } from './budget.js'
import type { NetworkDraft } from './network-draft.js'
import { countAddresses, planPart } from './plan.js'

/** A network on the ground that a new one must find room on, or the new one itself. */
export interface Plot extends NetworkRange, Workload {
  /** Absent while it has not been saved. */
  readonly id: number | undefined
  readonly siteId: number
  readonly name: string
  readonly enabled: boolean
  /** Where it was written, such as a line of a file. */
  readonly origin?: string | undefined
}

/** Everything that decides whether a network may be saved. */
export interface Ground {
  readonly sites: readonly {
    readonly id: number
    readonly name: string
    readonly engine: string | undefined
  }[]
  readonly plots: readonly Plot[]
  readonly exclusions: readonly (Exclusion & { readonly siteId: number })[]
  /** Of all networks of one engine together, per second. */
  readonly packetLimit: number
  /** Of a network that is given no rate of its own, per second. */
  readonly standardRate: number
}

/** A network that is to be saved in a site; `origin` says where it was written. */
export interface Candidate {
  readonly siteId: number
  readonly draft: NetworkDraft
  readonly origin?: string | undefined
}

export interface RefusedCandidate {
  readonly candidate: Candidate
  readonly error: string
}

/** Each candidate must find room beside what is saved and beside those before it. */
export function admitAll(
  candidates: readonly Candidate[],
  ground: Ground,
): { readonly costs: readonly Cost[]; readonly mistakes: readonly RefusedCandidate[] } {
  const plots = [...ground.plots]
  const costs: Cost[] = []
  const mistakes: RefusedCandidate[] = []
  for (const candidate of candidates) {
    const plot = plotOf(candidate, ground)
    const admitted = admit(plot, { ...ground, plots })
    if (admitted.ok) {
      plots.push(plot)
      costs.push(admitted.value)
    } else {
      mistakes.push({ candidate, error: admitted.error })
    }
  }
  return { costs, mistakes }
}

/** A candidate as it would lie on the ground; `id` where it is a saved network that changes. */
export function plotOf({ siteId, draft, origin }: Candidate, ground: Ground, id?: number): Plot {
  const place = { ...draft.range, siteId }
  return {
    ...place,
    id,
    origin,
    name: draft.name,
    enabled: draft.enabled,
    sweepMinutes: draft.sweepMinutes,
    packetsPerSecond: draft.packetsPerSecond ?? Math.min(ground.standardRate, ground.packetLimit),
    addresses: countProbed(place, ground.exclusions),
  }
}

/** How many addresses of a network a sweep asks. */
export function countProbed(
  network: NetworkRange & { readonly siteId: number },
  exclusions: Ground['exclusions'],
): number {
  const own = exclusions.filter((exclusion) => exclusion.siteId === network.siteId)
  return countAddresses(planPart(network, network, own))
}

/** The cost of a network that may be saved, or why it may not: an overlap, or too much to sweep. */
export function admit(plot: Plot, ground: Ground): Parsed<Cost> {
  const clash = findClash(plot, ground)
  if (clash !== undefined) return { ok: false, error: describeClash(plot, clash, ground) }
  const others = plot.enabled
    ? ground.plots.filter(
        (other) => other.enabled && isOther(plot, other) && share(plot, other, ground),
      )
    : []
  const budget = checkBudget(plot, others, ground.packetLimit)
  return budget.ok ? budget : { ok: false, error: `${formatNetwork(plot)}: ${budget.error}` }
}

/** The first network that would be swept twice, as one of the same site or of the same engine. */
export function findClash(plot: Plot, ground: Ground): Plot | undefined {
  return ground.plots.find(
    (other) => overlaps(plot, other) && isOther(plot, other) && share(plot, other, ground),
  )
}

/** The rate that each engine's enabled networks need at least, where it is over the limit. */
export function findOverload(ground: Ground): number | undefined {
  const needs = ground.sites.map((site) =>
    ground.plots
      .filter((plot) => plot.enabled && share({ siteId: site.id }, plot, ground))
      .reduce((sum, plot) => sum + neededRate(plot), 0),
  )
  const most = Math.max(0, ...needs)
  return most > ground.packetLimit ? Math.ceil(most) : undefined
}

/** What is wrong with an overlap, and the ways out. */
export function describeClash(plot: Plot, clash: Plot, ground: Ground): string {
  const name = clash.name === '' ? '' : ` (${clash.name})`
  const origin = clash.origin === undefined ? '' : ` of ${clash.origin}`
  const overlap = `${formatNetwork(plot)} overlaps ${formatNetwork(clash)}${name}${origin}`
  const mend = 'choose a range beside it, or remove that network first'
  if (clash.siteId === plot.siteId) return `${overlap}: ${mend}`
  const site = ground.sites.find((known) => known.id === clash.siteId)?.name
  return `${overlap} of site ${site}, which the same engine may sweep: give each site an engine of its own, or ${mend}`
}

function isOther(plot: Plot, other: Plot): boolean {
  return plot.id === undefined || plot.id !== other.id
}

function share(
  plot: { readonly siteId: number },
  other: { readonly siteId: number },
  ground: Ground,
): boolean {
  const engineOf = (siteId: number) => ground.sites.find((site) => site.id === siteId)?.engine
  return (
    plot.siteId === other.siteId || mayShareEngine(engineOf(plot.siteId), engineOf(other.siteId))
  )
}
