import { foldName } from './hostname.js'

/** Who can name an address; `ptr` is DNS. */
export const NAME_SOURCES = ['snmp', 'ptr', 'netbios', 'mdns', 'agent'] as const
export type NameSource = (typeof NAME_SOURCES)[number]

/** What a probe for a name answers. Only the first two say anything about the name. */
export type NameAnswer =
  /** Names in order, cleaned; `ttl` in seconds. */
  | { readonly state: 'named'; readonly names: readonly string[]; readonly ttl: number }
  | { readonly state: 'nameless'; readonly ttl: number }
  | { readonly state: 'failed'; readonly reason: string }

/** One source's answer about one address. */
export interface Finding {
  readonly source: NameSource
  readonly answer: NameAnswer
}

export interface HeldName {
  readonly name: string
  readonly source: NameSource
}

/**
 * `gained`, `lost` and `renamed` are history; `respelled` differs in case or source only; `confirmed`
 * was said again; `unheard` is when nobody who could tell has answered.
 */
export type NameChange =
  | { readonly kind: 'gained' | 'renamed' | 'respelled'; readonly now: HeldName }
  | { readonly kind: 'lost'; readonly now: undefined }
  | { readonly kind: 'confirmed' | 'unheard' | 'nameless'; readonly now: HeldName | undefined }

/**
 * What answers mean for the name that is held. The first source in the order that names the address
 * does so; the held name falls only by a better source's name or by its own source's word. A failed
 * lookup is no word at all.
 */
export function weigh(
  held: HeldName | undefined,
  findings: readonly Finding[],
  order: readonly NameSource[],
): NameChange {
  const best = bestOf(findings, order)
  const isStanding = held !== undefined && !isDenied(held, findings)
  if (best !== undefined && !(isStanding && rank(held.source, order) < rank(best.source, order))) {
    return compare(held, best)
  }
  if (isStanding) return { kind: 'unheard', now: held }
  if (held !== undefined) return { kind: 'lost', now: undefined }
  const wasHeard = findings.some(({ answer }) => answer.state === 'nameless')
  return { kind: wasHeard ? 'nameless' : 'unheard', now: undefined }
}

/** Whether asking `next` is of use: nobody has named the address, and no better source's name stands. */
export function isWorthAsking(
  next: NameSource,
  held: HeldName | undefined,
  findings: readonly Finding[],
  order: readonly NameSource[],
): boolean {
  if (findings.some(({ answer }) => answer.state === 'named')) return false
  // DNS is asked whoever else holds a name: what it says is shown beside it.
  if (next === 'ptr' || held === undefined || isDenied(held, findings)) return true
  return rank(next, order) <= rank(held.source, order)
}

export interface AgeLimits {
  readonly minAgeSeconds: number
  readonly maxAgeSeconds: number
}

/** When to ask again: after the TTL, within the limits; soon after a failure. */
export function dueAfter(findings: readonly Finding[], limits: AgeLimits, now: Date): Date {
  const told = findings.flatMap(({ answer }) => (answer.state === 'failed' ? [] : [answer]))
  const naming = told.find(({ state }) => state === 'named') ?? told[0]
  const ttl = naming?.ttl ?? 0
  const seconds = Math.max(limits.minAgeSeconds, Math.min(ttl, limits.maxAgeSeconds))
  return new Date(now.getTime() + seconds * 1_000)
}

/** `dns, netbios`: sources that are not listed follow in their usual order. */
export function readSourceOrder(text: string): readonly NameSource[] {
  const words = text
    .split(/[\s,]+/)
    .map((word) => (word === 'dns' ? 'ptr' : word))
    .filter((word): word is NameSource => NAME_SOURCES.includes(word as NameSource))
  return [...new Set([...words, ...NAME_SOURCES])]
}

function bestOf(findings: readonly Finding[], order: readonly NameSource[]): HeldName | undefined {
  return findings
    .flatMap(({ source, answer }) =>
      answer.state === 'named' ? { source, name: answer.names[0]! } : [],
    )
    .sort((a, b) => rank(a.source, order) - rank(b.source, order))[0]
}

function compare(held: HeldName | undefined, now: HeldName): NameChange {
  if (held === undefined) return { kind: 'gained', now }
  if (foldName(held.name) !== foldName(now.name)) return { kind: 'renamed', now }
  const isSame = held.name === now.name && held.source === now.source
  return { kind: isSame ? 'confirmed' : 'respelled', now }
}

function isDenied(held: HeldName, findings: readonly Finding[]): boolean {
  return findings.some(
    ({ source, answer }) => source === held.source && answer.state === 'nameless',
  )
}

function rank(source: NameSource, order: readonly NameSource[]): number {
  const at = order.indexOf(source)
  return at < 0 ? order.length : at
}
