import type { Ip } from '../src/core/address/ip.js'
import { typeOfSystem } from '../src/core/discovery/system-type.js'
import { judgeCandidate, type OsGround, shareOfHour, takeBatch } from '../src/core/scan/os-plan.js'
import { checkNmap } from '../src/probe/nmap-rights.js'
import type { OsReply } from '../src/probe/os-report.js'
import { detectSystems, type OsAnswer } from '../src/probe/os-scan.js'
import { listExclusions } from '../src/store/exclusions.js'
import { listFragileRanges, listFragileVendors } from '../src/store/fragile.js'
import { listNetworks } from '../src/store/networks.js'
import { readSettings, type Settings } from '../src/store/settings.js'
import { listSites, type Site } from '../src/store/sites.js'
import { takeInChanges } from '../src/store/system-intake.js'
import {
  claimSystem,
  countAsked,
  type DueSystem,
  listDueSystems,
  postponeSystem,
} from '../src/store/system-queue.js'
import { failSystem, saveSystem } from '../src/store/systems.js'
import { readVendors } from '../src/store/vendors.js'
import type { JobContext } from './context.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** One nmap at a time, with so many addresses side by side. */
const BATCH = 32
const BATCH_TIMEOUT_MS = 150_000
/** No batch is begun after this: the next run is near. */
const RUN_MS = 200_000
const CANDIDATES_AT_ONCE = 500
/** Who is away, or may not be asked today, is looked at again after this. */
const LOOK_AGAIN_MS = HOUR_MS
/** Who took nmap too long, or spoiled its run. */
const TRY_AGAIN_MS = DAY_MS

interface Tally {
  asked: number
  told: number
  changed: number
  failed: string | undefined
}

/** Asks some addresses what they run, within the hour's budget, and keeps what they told. */
export async function detectOs(context: JobContext): Promise<string> {
  const { store, now } = context
  const settings = await readSettings(store)
  const intake = await takeInChanges(store, now, readVendors)
  const tally: Tally = { asked: 0, told: 0, changed: 0, failed: undefined }
  const sites = await listSites(store)
  const mine = sites.filter((site) => (site.engine ?? context.engine) === context.engine)
  await askSites(context, mine, settings, tally)
  if (tally.failed !== undefined) throw new Error(tally.failed)
  return `${tally.asked} addresses asked, ${tally.told} told, ${tally.changed} changed; ${intake.taken} changed addresses looked at, ${intake.vendors} vendors found`
}

/** A run that fails ends the work: what hindered nmap now would hinder the next batch too. */
async function askSites(
  context: JobContext,
  sites: readonly Site[],
  settings: Settings,
  tally: Tally,
): Promise<void> {
  const { now, signal } = context
  const end = Date.now() + RUN_MS
  const since = new Date(now.getTime() - HOUR_MS)
  let share = shareOfHour(settings['os.per_hour'], await countAskedIn(context, sites, since))
  if (share > 0) await requireRights(context)
  for (const site of sites) {
    while (share > 0 && Date.now() < end && !signal.aborted && tally.failed === undefined) {
      const batch = await claimBatch(context, site, Math.min(share, BATCH))
      if (batch.length === 0) break
      share -= batch.length
      tally.asked += batch.length
      await keep(context, batch, await ask(context, batch), settings, tally)
    }
  }
}

/** Throws where nmap cannot be used at all: that is not the fault of any address. */
async function requireRights({ nmapPath, launch }: JobContext): Promise<void> {
  const rights = await checkNmap(nmapPath, launch)
  if (rights.state === 'refused') throw new Error(`${rights.reason}: ${rights.mend}`)
}

async function countAskedIn(
  { store }: JobContext,
  sites: readonly Site[],
  since: Date,
): Promise<number> {
  const counts = await Promise.all(sites.map((site) => countAsked(store, site.id, since)))
  return counts.reduce((sum, count) => sum + count, 0)
}

/** Whatever may not be asked is put off; the marks and exclusions are those of this moment. */
async function claimBatch(context: JobContext, site: Site, most: number): Promise<DueSystem[]> {
  const { store, now } = context
  const later = new Date(now.getTime() + LOOK_AGAIN_MS)
  for (;;) {
    const due = await listDueSystems(store, site.id, now, CANDIDATES_AT_ONCE)
    const ground = await readGround(context, site)
    const open = due.filter((it) => judgeCandidate(it, ground, now) === 'ask')
    for (const it of due) {
      if (!open.includes(it)) await postponeSystem(store, it, later)
    }
    const claimed: DueSystem[] = []
    for (const it of takeBatch(open, most)) {
      if (await claimSystem(store, it, now, later)) claimed.push(it)
    }
    if (claimed.length > 0 || due.length < CANDIDATES_AT_ONCE) return claimed
  }
}

async function readGround({ store }: JobContext, site: Site): Promise<OsGround> {
  return {
    networks: await listNetworks(store, site.id),
    exclusions: await listExclusions(store, site.id),
    fragileRanges: await listFragileRanges(store, site.id),
    fragileVendors: (await listFragileVendors(store)).map(({ vendor }) => vendor),
  }
}

function ask(context: JobContext, batch: readonly DueSystem[]): Promise<OsAnswer> {
  const { nmapPath, launch, signal } = context
  const deadline = new Date(Date.now() + BATCH_TIMEOUT_MS)
  return detectSystems({ nmapPath, launch, ips: batch.map((it) => it.ip), deadline, signal })
}

/** Of a run that is not believed nothing is kept but that; one that could not send says nothing at all. */
async function keep(
  context: JobContext,
  batch: readonly DueSystem[],
  answer: OsAnswer,
  settings: Settings,
  tally: Tally,
): Promise<void> {
  const tryAgain = new Date(context.now.getTime() + TRY_AGAIN_MS)
  if (answer.state !== 'told') {
    tally.failed = answer.reason
    if (answer.state === 'blind' || context.signal.aborted) return
    for (const it of batch) await failSystem(context.store, it, tryAgain)
    return
  }
  const replies = new Map<Ip, OsReply>(answer.replies.map((reply) => [reply.ip, reply]))
  for (const it of batch) {
    const reply = replies.get(it.ip)
    if (reply === undefined) continue
    if (reply.hasTimedOut) await failSystem(context.store, it, tryAgain)
    else await keepReply(context, it, reply, settings, tally)
  }
}

async function keepReply(
  { store, now }: JobContext,
  due: DueSystem,
  { match, ports }: OsReply,
  settings: Settings,
  tally: Tally,
): Promise<void> {
  const [os, guess] = match?.accuracy === 100 ? [match.name] : [undefined, match?.name]
  const type = typeOfSystem({ isDown: false, os, guess, ports })
  const days = settings[match === undefined ? 'os.retry_days' : 'os.recheck_days']
  const dueAt = new Date(now.getTime() + days * DAY_MS)
  if (match !== undefined) tally.told++
  if (await saveSystem(store, due, { type, match }, now, dueAt)) tally.changed++
}
