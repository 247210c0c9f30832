import { cite } from '../address/cite.js'
import type { Parsed } from '../address/ip.js'

/** How often a network may be swept. */
export const SWEEP_MINUTES = [5, 10, 15, 30, 60] as const
export type SweepMinutes = (typeof SWEEP_MINUTES)[number]

const MINUTE_MS = 60_000
const SLOT_MS = 5 * MINUTE_MS

export function parseSweepMinutes(text: string): Parsed<SweepMinutes> {
  const minutes = SWEEP_MINUTES.find((choice) => String(choice) === text.trim())
  return minutes === undefined
    ? { ok: false, error: `${cite(text)} is no interval: choose ${choices()} minutes` }
    : { ok: true, value: minutes }
}

/** The five-minute boundary at or before an instant. */
export function slotStart(now: Date): Date {
  return new Date(Math.floor(now.getTime() / SLOT_MS) * SLOT_MS)
}

/** Whether a network is swept at a boundary: one of its own interval, counted in UTC. */
export function isDue(
  network: { readonly sweepMinutes: number; readonly enabled: boolean },
  slotAt: Date,
): boolean {
  return network.enabled && slotAt.getTime() % (network.sweepMinutes * MINUTE_MS) === 0
}

/** The first boundary of a network's interval after a slot: its sweep must have ended by then. */
export function nextBoundary(network: { readonly sweepMinutes: number }, slotAt: Date): Date {
  const intervalMs = network.sweepMinutes * MINUTE_MS
  return new Date((Math.floor(slotAt.getTime() / intervalMs) + 1) * intervalMs)
}

function choices(): string {
  return `${SWEEP_MINUTES.slice(0, -1).join(', ')} or ${SWEEP_MINUTES.at(-1)}`
}
