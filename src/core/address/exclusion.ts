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

/** Whether a reason keeps the sweeps away. */
export function isUnswept(reason: ExclusionReason): boolean {
  return reason !== 'reserved'
}
