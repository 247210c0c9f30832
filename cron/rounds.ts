import { formatNetwork } from '../src/core/address/network.js'
import { isDue, nextBoundary, slotStart } from '../src/core/scan/schedule.js'
import { type EngineIdentity, hasHealthyPeer } from '../src/store/engines.js'
import { listNetworks, type Network } from '../src/store/networks.js'
import {
  claimRequest,
  finishRequest,
  hasWaitingRequests,
  reportProgress,
  type WorkRequest,
} from '../src/store/requests.js'
import { readSettings } from '../src/store/settings.js'
import { listSites, type Site } from '../src/store/sites.js'
import { readClock } from '../src/store/sweeps.js'
import type { ScannerOptions, SweepContext } from './context.js'
import { RateShare } from './rate-share.js'
import { missSlot, type SweepResult, sweepNetwork } from './sweep.js'

const PROGRESS_EVERY_MS = 500

interface InHand {
  readonly slotAt: Date
  isWaiting: boolean
}

/** The rounds of one scanner: at each boundary every network that is due, side by side within the rate. */
export class Rounds {
  #slotAt: number | undefined
  readonly #rate = new RateShare(1)
  readonly #inHand = new Map<number, InHand>()
  readonly #work = new Set<Promise<void>>()

  constructor(private readonly options: ScannerOptions & { readonly me: EngineIdentity }) {}

  /**
   * Begins the round of a slot, once. The first of a scanner's life takes every network, so that nobody
   * waits for the clock. With a problem (no right to send, a wrong clock) nothing is counted; it is written
   * down where no other engine could sweep instead.
   */
  async begin(slotAt: Date, problem: string | undefined): Promise<void> {
    if (this.#slotAt === slotAt.getTime()) return
    const isFirst = this.#slotAt === undefined
    const context = await this.#context()
    const isLeftToOthers = await this.#leavesToOthers(problem)
    for (const { site, network } of await this.#mine()) {
      if (!network.enabled || !(isFirst || isDue(network, slotAt))) continue
      if (isLeftToOthers && site.engine === undefined) continue
      const before = this.#inHand.get(network.id)
      // Begun already, by a call that could not be finished.
      if (before?.slotAt.getTime() === slotAt.getTime()) continue
      const hindrance = problem ?? (before && explainMissed(network, before))
      if (hindrance === undefined) this.#start(context, site, network, slotAt)
      else await missSlot(context, site, network, slotAt, hindrance)
    }
    this.#slotAt = slotAt.getTime()
  }

  /** Takes up the oldest request that is ours; at most one a call. */
  async answerRequest(now: Date, problem: string | undefined): Promise<void> {
    const { store } = this.options
    if (!(await hasWaitingRequests(store)) || (await this.#leavesToOthers(problem))) return
    const mine = new Map((await this.#mine()).map((it) => [String(it.network.id), it]))
    const request = await claimRequest(store, (it) => it.what === 'sweep' && mine.has(it.argument))
    if (request === undefined) return
    const { site, network } = mine.get(request.argument)!
    const before = this.#inHand.get(network.id)
    if (problem !== undefined || before !== undefined) {
      const answer = problem ?? `${formatNetwork(network)} is being swept already`
      return finishRequest(store, request.id, { state: 'failed', answer }, now)
    }
    const context = this.#following(await this.#context(), request)
    this.#start(context, site, network, slotStart(now), request)
  }

  /** Waits until nothing is in hand; the signal makes that soon. */
  async settle(): Promise<void> {
    await Promise.allSettled([...this.#work])
  }

  /** Whoever has a problem stands in nobody's way. */
  async #leavesToOthers(problem: string | undefined): Promise<boolean> {
    return problem !== undefined && (await hasHealthyPeer(this.options.store, this.options.me))
  }

  #start(
    context: SweepContext,
    site: Site,
    network: Network,
    slotAt: Date,
    request?: WorkRequest,
  ): void {
    const inHand = { slotAt, isWaiting: true }
    this.#inHand.set(network.id, inHand)
    const work = this.#sweep(context, site, network, inHand, request)
      .catch((error: Error) => {
        this.options.log.error({ err: error }, error.message)
        return request && this.#finish(request, 'failed', error.message)
      })
      .catch(() => undefined)
      .finally(() => {
        this.#inHand.delete(network.id)
        this.#work.delete(work)
      })
    this.#work.add(work)
  }

  async #sweep(
    context: SweepContext,
    site: Site,
    network: Network,
    inHand: InHand,
    request: WorkRequest | undefined,
  ): Promise<void> {
    const share = await this.#rate.take(network.packetsPerSecond)
    inHand.isWaiting = false
    try {
      const { packetsPerSecond } = share
      const errand = { site, network, slotAt: inHand.slotAt, packetsPerSecond }
      const result = await sweepNetwork(context, errand, request !== undefined)
      if (request !== undefined) await this.#answer(request, result)
    } finally {
      share.giveBack()
    }
  }

  async #answer(request: WorkRequest, result: SweepResult): Promise<void> {
    const reasons = result.parts.flatMap((part) => part.reason ?? [])
    if (result.parts.length === 0) reasons.push('the scanner was stopped before it could begin')
    const { asked, alive, seconds } = result
    const answer =
      reasons[0] ??
      JSON.stringify({ asked, alive, new: result.new, seconds, parts: result.parts.length })
    await this.#finish(request, reasons.length > 0 ? 'failed' : 'done', answer)
  }

  async #finish(request: WorkRequest, state: 'done' | 'failed', answer: string): Promise<void> {
    const { store } = this.options
    await finishRequest(store, request.id, { state, answer }, await readClock(store))
  }

  #following(context: SweepContext, request: WorkRequest): SweepContext {
    let toldAt = 0
    const onProgress = (asked: number, answered: number) => {
      if (Date.now() - toldAt < PROGRESS_EVERY_MS) return
      toldAt = Date.now()
      const progress = JSON.stringify({ asked, answered })
      reportProgress(context.store, request.id, progress).catch(() => undefined)
    }
    return { ...context, onProgress }
  }

  async #context(): Promise<SweepContext> {
    const { store, log, config, launch, signal, me } = this.options
    const settings = await readSettings(store)
    this.#rate.limit = settings['scan.packets_per_second']
    const darkHours = settings['scan.dark_hours']
    const { nmapPath } = config
    return { store, log, nmapPath, launch, engine: me.name, token: me.token, signal, darkHours }
  }

  /** The networks of the sites that this engine sweeps: its own, and those that are anybody's. */
  async #mine(): Promise<{ site: Site; network: Network }[]> {
    const { store, me } = this.options
    const sites = new Map((await listSites(store)).map((site) => [site.id, site]))
    return (await listNetworks(store)).flatMap((network) => {
      const site = sites.get(network.siteId)
      const isMine = site !== undefined && (site.engine ?? me.name) === me.name
      return isMine ? [{ site, network }] : []
    })
  }
}

function explainMissed(network: Network, before: InHand): string {
  const begun = before.slotAt.toISOString().slice(11, 16)
  const boundary = nextBoundary(network, before.slotAt).toISOString().slice(11, 16)
  return before.isWaiting
    ? `the sweep of ${begun} UTC still waited at ${boundary} for the networks before it: raise the setting scan.packets_per_second, or lengthen an interval`
    : `the sweep of ${begun} UTC still ran at ${boundary}: raise its packets per second (now ${network.packetsPerSecond}) or its interval (now ${network.sweepMinutes} minutes) with ipspace networks edit`
}
