import { cite } from './cite.js'
import type { Parsed } from './ip.js'
import type { Range } from './network.js'

/**
 * `never-scan`: no probe of any kind, ever. `dhcp`: not swept, and never offered as free.
 * `reserved`: swept, and never offered.
 */
export const EXCLUSION_REASONS = ['never-scan', 'dhcp', 'reserved'] as const
export type ExclusionReason = (typeof EXCLUSION_REASONS)[number]

export interface Exclusion extends Range {
  readonly reason: ExclusionReason
}

export function parseReason(text: string): Parsed<ExclusionReason> {
  const reason = EXCLUSION_REASONS.find((known) => known === text.trim().toLowerCase())
  return reason === undefined
    ? { ok: false, error: `${cite(text)} is no reason: choose ${EXCLUSION_REASONS.join(', ')}` }
    : { ok: true, value: reason }
}

/** Whether a reason keeps the sweeps away. */
export function isUnswept(reason: ExclusionReason): boolean {
  return reason !== 'reserved'
}
