import type { NetworkSlot } from '../store/network-slots.js'
import type { Watched } from './watched.js'

/** A stretch of time in which a network was due and not counted, for one reason. */
export interface Lapse {
  readonly range: string
  readonly networkId: number
  readonly site: string | undefined
  readonly state: NetworkSlot['state']
  readonly reason: string | undefined
  /** The first and the last slot of it. */
  readonly from: Date
  readonly to: Date
  readonly slots: number
}

/** Neighbouring slots that were not counted for the same reason are told as one. */
export function listLapses({ network, range, site, slots }: Watched): Lapse[] {
  const lapses: Lapse[] = []
  let before: NetworkSlot | undefined
  for (const slot of slots.filter(({ state }) => state !== 'running')) {
    const open = lapses.at(-1)
    const { state, reason, slotAt } = slot
    const goesOn = before?.state === state && before.reason === reason
    before = slot
    if (state === 'counted' || state === 'quiet') continue
    if (open !== undefined && goesOn) {
      lapses[lapses.length - 1] = { ...open, to: slotAt, slots: open.slots + 1 }
    } else {
      const where = { range, site, networkId: network.id }
      lapses.push({ ...where, state, reason, from: slotAt, to: slotAt, slots: 1 })
    }
  }
  return lapses
}
