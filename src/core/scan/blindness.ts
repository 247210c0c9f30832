/** A canary was there in at least this share of its askings ... */
export const CANARY_UPTIME = 0.99
/** ... and was asked at least this often: a day of five-minute sweeps. */
export const CANARY_ASKINGS = 288
export const CANARIES_MOST = 16
/** Fewer silent canaries than this prove nothing. */
export const CANARIES_FEWEST = 3
/** A host that is there less often than this at this time of day is no canary now. */
const USUALLY_THERE = 0.5

export interface CanaryCandidate {
  readonly ip: number
  /** Of the slot of day that it is now in the site's zone. */
  readonly activeNow: number
  readonly totalNow: number
}

/** Up to 16 of the candidates, leaving out hosts that are usually off at this time of day. */
export function pickCanaries(candidates: readonly CanaryCandidate[]): number[] {
  return candidates
    .filter((it) => it.totalNow === 0 || it.activeNow >= it.totalNow * USUALLY_THERE)
    .slice(0, CANARIES_MOST)
    .map((it) => it.ip)
}

export type Hearing = 'answering' | 'silent' | 'not asked'

/** What is known about our own health before (or after) a part is swept. */
export interface Evidence {
  /** Why our own side cannot send, as the kernel or nmap says. */
  readonly ownOutage: string | undefined
  readonly canaries: number
  readonly canariesAnswering: number
  /** A part that has no canaries asks those who were there just now; they may be off, all at once. */
  readonly areStandIns: boolean
  readonly gateway: Hearing
  readonly otherNetworks: Hearing
  /** Since when the part has been dark, if it was. */
  readonly darkSince: Date | undefined
  readonly isBelieved: boolean
  readonly darkHours: number
  readonly now: Date
}

export type Verdict =
  | { readonly state: 'well' }
  | { readonly state: 'blind'; readonly reason: string }
  | { readonly state: 'dark'; readonly since: Date; readonly reason: string }
  /** Dark for so long that its silence is taken for true. */
  | { readonly state: 'believed'; readonly since: Date }

/** Tells our own outage (`blind`), one network's (`dark`) and none (`well`) apart. */
export function judge(evidence: Evidence): Verdict {
  const { canaries, canariesAnswering, darkSince, now } = evidence
  if (evidence.ownOutage !== undefined) return { state: 'blind', reason: evidence.ownOutage }
  if (canariesAnswering > 0) return { state: 'well' }
  const isProof = canaries >= CANARIES_FEWEST
  if (isProof && areWeCutOff(evidence)) return { state: 'blind', reason: tellCutOff(evidence) }
  // A darkness ends with an answer: canaries that were counted silent for a while are none any more.
  const isDark = darkSince !== undefined || (isProof && !evidence.areStandIns)
  if (!isDark) return { state: 'well' }
  const since = darkSince ?? now
  const darkFor = now.getTime() - since.getTime()
  if (evidence.isBelieved || darkFor >= evidence.darkHours * 3_600_000) {
    return { state: 'believed', since }
  }
  return {
    state: 'dark',
    since,
    reason:
      `the addresses that are always there are silent since ${since.toISOString()}, ` +
      `while we are well; believed after ${evidence.darkHours} hours (scan.dark_hours)`,
  }
}

function areWeCutOff({ gateway, otherNetworks }: Evidence): boolean {
  const isGatewayGone =
    gateway === 'silent' || (gateway === 'not asked' && otherNetworks === 'silent')
  return isGatewayGone && otherNetworks !== 'answering'
}

function tellCutOff(evidence: Evidence): string {
  const when = evidence.areStandIns ? 'were there just now' : 'are always there'
  const silent = [
    `all ${evidence.canaries} addresses that ${when}`,
    ...(evidence.gateway === 'silent' ? ['our gateway'] : []),
    ...(evidence.otherNetworks === 'silent' ? ['the other networks'] : []),
  ]
  return `${silent.join(' and ')} are silent: this machine is cut off`
}
