import { type NameSource, readSourceOrder } from '../src/core/names/change.js'
import { formatResolver, parseResolvers, type Resolver } from '../src/core/names/resolvers.js'
import { DnsProbe, systemResolvers } from '../src/probe/dns.js'
import { MdnsProbe } from '../src/probe/mdns.js'
import { NetbiosProbe } from '../src/probe/netbios.js'
import { Pace } from '../src/probe/pace.js'
import { recordEvent } from '../src/store/events.js'
import { listExclusions } from '../src/store/exclusions.js'
import { type DueName, listDueNames, type NameResult, saveNames } from '../src/store/names.js'
import { keepResolverRound } from '../src/store/resolvers.js'
import { readSettings, type Settings } from '../src/store/settings.js'
import { readSiteNaming } from '../src/store/site-naming.js'
import { listSites, type Site } from '../src/store/sites.js'
import type { JobContext } from './context.js'
import { type Lookup, lookUpName } from './name-lookup.js'

/** A round ends before the next one begins. */
const ROUND_MS = 270_000
/** Lookups under way at a time. */
const IN_FLIGHT = 1_024
const SAVED_AT_ONCE = 2_000

interface Tally {
  asked: number
  changes: number
}

/** Asks for every name that is due, in one round of at most five minutes. */
export async function resolveNames(context: JobContext): Promise<string> {
  const { store, engine } = context
  const settings = await readSettings(store)
  const sites = (await listSites(store)).filter(
    (site) => site.engine === undefined || site.engine === engine,
  )
  const endAt = performance.now() + ROUND_MS
  const tally: Tally = { asked: 0, changes: 0 }
  for (const [index, site] of sites.entries()) {
    const left = endAt - performance.now()
    const siteEndAt = performance.now() + left / (sites.length - index)
    await resolveSite(context, settings, site, siteEndAt, tally)
  }
  return `${tally.asked} names asked for, ${tally.changes} changed`
}

async function resolveSite(
  context: JobContext,
  settings: Settings,
  site: Site,
  endAt: number,
  tally: Tally,
): Promise<void> {
  const { store, now } = context
  const rate = settings['names.rate']
  const roundMs = Math.max(0, endAt - performance.now())
  const atMost = Math.ceil((rate * roundMs) / 1_000)
  const due = await listDueNames(store, site.id, now, settings['names.min_age_seconds'], atMost)
  if (due.length === 0) return
  const { resolvers, order } = await readNaming(context, settings, site)
  const lookup = await openLookup(context, settings, site, resolvers, order)
  try {
    await askAll(context, lookup, due, endAt, tally)
    await tellOfResolvers(context, site, lookup.dns)
  } finally {
    for (const probe of [lookup.dns, ...lookup.direct]) probe.close()
  }
}

async function openLookup(
  { store, now }: JobContext,
  settings: Settings,
  site: Site,
  resolvers: readonly Resolver[],
  order: readonly NameSource[],
): Promise<Lookup> {
  const rate = settings['names.rate']
  const pace = new Pace(rate)
  const exclusions = await listExclusions(store, site.id)
  return {
    dns: new DnsProbe({ resolvers, rate }),
    direct:
      settings['names.ask_hosts'] === 1
        ? [new NetbiosProbe({ pace }), new MdnsProbe({ pace })]
        : [],
    neverScan: exclusions.filter(({ reason }) => reason === 'never-scan'),
    order,
    limits: {
      minAgeSeconds: settings['names.min_age_seconds'],
      maxAgeSeconds: settings['names.max_age_seconds'],
    },
    now,
  }
}

/** The site's own, else those of the settings, else this machine's. */
async function readNaming(
  { store, log }: JobContext,
  settings: Settings,
  site: Site,
): Promise<{ resolvers: readonly Resolver[]; order: readonly NameSource[] }> {
  const naming = await readSiteNaming(store, site.id)
  const parsed = parseResolvers(naming.resolvers || settings['names.resolvers'])
  if (!parsed.ok) log.error(`the resolvers of site ${site.name}: ${parsed.error}`)
  const given = parsed.ok ? parsed.value : []
  return {
    resolvers: given.length > 0 || !parsed.ok ? given : systemResolvers(),
    order: readSourceOrder(naming.sourceOrder || settings['names.source_order']),
  }
}

/** Several at a time, saved as they come, so that a round that is broken off has not worked in vain. */
async function askAll(
  { store, signal, now }: JobContext,
  lookup: Lookup,
  due: readonly DueName[],
  endAt: number,
  tally: Tally,
): Promise<void> {
  let next = 0
  let found: NameResult[] = []
  let saving: Promise<void> = Promise.resolve()
  const save = () => {
    const some = found
    found = []
    saving = saving.then(async () => {
      tally.changes += await saveNames(store, some, now)
    })
    return saving
  }
  const work = async () => {
    while (next < due.length && performance.now() < endAt && !signal.aborted) {
      const result = await lookUpName(lookup, due[next++]!)
      if (result === undefined) continue
      tally.asked++
      found.push(result)
      if (found.length >= SAVED_AT_ONCE) await save()
    }
  }
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, due.length) }, work))
  await save()
}

/** One event when a resolver begins to fail for everybody, and one when it answers again. */
async function tellOfResolvers(
  { store, log, now }: JobContext,
  site: Site,
  dns: DnsProbe,
): Promise<void> {
  for (const score of dns.scores().filter(({ asked }) => asked > 0)) {
    const round = { ...score, address: formatResolver(score.resolver) }
    await store.transaction(async (tx) => {
      const turn = await keepResolverRound(tx, site.id, round, now)
      if (turn === undefined) return
      const text =
        turn === 'fails'
          ? `the resolver ${round.address} of site ${site.name} fails for everybody (${score.lastFailure}): names stay as they were`
          : `the resolver ${round.address} of site ${site.name} answers again`
      log.warn(text)
      const kind = turn === 'fails' ? 'resolver-failing' : 'resolver-answering'
      await recordEvent(tx, { kind, siteId: site.id, text })
    })
  }
}
