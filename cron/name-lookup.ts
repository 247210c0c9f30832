import type { Ip } from '../src/core/address/ip.js'
import { contains, type Range } from '../src/core/address/network.js'
import {
  type AgeLimits,
  dueAfter,
  type Finding,
  isWorthAsking,
  type NameSource,
  weigh,
} from '../src/core/names/change.js'
import type { DnsProbe } from '../src/probe/dns.js'
import type { NameProbe } from '../src/probe/name-probe.js'
import type { DueName, ForwardState, NameCheck, NameResult } from '../src/store/names.js'

/** What the lookups of one site share. */
export interface Lookup {
  readonly dns: DnsProbe
  /** Those that ask the addresses themselves. */
  readonly direct: readonly NameProbe[]
  /** What is never probed; asking a DNS server about it is no probe. */
  readonly neverScan: readonly Range[]
  readonly order: readonly NameSource[]
  readonly limits: AgeLimits
  readonly now: Date
}

/** Asks who an address is, in the site's order; undefined where nobody is left to ask: it stays due. */
export async function lookUpName(lookup: Lookup, due: DueName): Promise<NameResult | undefined> {
  if (lookup.dns.isDead && due.held?.source === 'ptr') return undefined
  const { limits, now, order } = lookup
  const findings = await gather(lookup, due)
  const change = weigh(due.held, findings, order)
  const forward = await checkForward(lookup, due, findings)
  const check: NameCheck = {
    ...{ checkedAt: now, ...forward, ...readFailures(due, findings, now) },
    confirmedAt:
      change.kind === 'unheard'
        ? due.check?.confirmedAt
        : change.now === undefined
          ? undefined
          : now,
    directAt: findings.some(({ source }) => source !== 'ptr') ? now : due.check?.directAt,
    ptrNames: ptrNamesOf(findings) ?? due.check?.ptrNames ?? [],
  }
  return { due, change, check, dueAt: dueAfter(findings, limits, now) }
}

async function gather(lookup: Lookup, due: DueName): Promise<Finding[]> {
  const findings: Finding[] = []
  const probes: readonly NameProbe[] = [lookup.dns, ...lookup.direct]
  for (const source of lookup.order) {
    const probe = probes.find((known) => known.source === source)
    if (probe === undefined || !isWorthAsking(source, due.held, findings, lookup.order)) continue
    if (source !== 'ptr' && !mayAskDirectly(lookup, due, source)) continue
    findings.push({ source, answer: await probe.ask(due.ip) })
  }
  return findings
}

/** Only who is there, and without need not more often than the longest age of a name. */
function mayAskDirectly(lookup: Lookup, due: DueName, source: NameSource): boolean {
  if (!due.isPresent || lookup.neverScan.some((range) => contains(range, due.ip))) return false
  const askedAt = due.check?.directAt
  if (due.hasCome || due.held?.source === source || askedAt === undefined) return true
  return lookup.now.getTime() - askedAt.getTime() >= lookup.limits.maxAgeSeconds * 1_000
}

/** A name that is new, or did not lead back, or was not tried for long, is looked up forwards too. */
async function checkForward(
  { dns, limits, now }: Lookup,
  { ip, held, check }: DueName,
  findings: readonly Finding[],
): Promise<{ forward: ForwardState; forwardAt: Date | undefined }> {
  const answer = findings.find(({ source }) => source === 'ptr')?.answer
  const kept = { forward: check?.forward ?? 'none', forwardAt: check?.forwardAt } as const
  if (answer === undefined || answer.state === 'failed') return kept
  if (answer.state === 'nameless') return { forward: 'none', forwardAt: undefined }
  const [name] = answer.names
  const ageMs = now.getTime() - (kept.forwardAt?.getTime() ?? 0)
  const isFresh = ageMs < limits.maxAgeSeconds * 1_000
  if (isFresh && held?.name === name && kept.forward === 'match') return kept
  return askForward(dns, name!, ip, now, kept)
}

async function askForward(
  dns: DnsProbe,
  name: string,
  ip: Ip,
  now: Date,
  kept: { forward: ForwardState; forwardAt: Date | undefined },
): Promise<{ forward: ForwardState; forwardAt: Date | undefined }> {
  const forward = await dns.checkForward(name, ip)
  if (forward !== 'unknown') return { forward, forwardAt: now }
  return kept.forward === 'none' ? { forward: 'unknown', forwardAt: undefined } : kept
}

function readFailures(
  due: DueName,
  findings: readonly Finding[],
  now: Date,
): Pick<NameCheck, 'failures' | 'failure' | 'failedAt'> {
  const answer = findings.find(({ source }) => source === 'ptr')?.answer
  const before = due.check
  if (answer?.state !== 'failed') {
    return { failures: 0, failure: before?.failure, failedAt: before?.failedAt }
  }
  return { failures: (before?.failures ?? 0) + 1, failure: answer.reason, failedAt: now }
}

function ptrNamesOf(findings: readonly Finding[]): readonly string[] | undefined {
  const answer = findings.find(({ source }) => source === 'ptr')?.answer
  if (answer === undefined || answer.state === 'failed') return undefined
  return answer.state === 'named' ? answer.names : []
}
