const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** An instant as pages show it: how long ago or ahead, with the exact one on hover. */
export interface When {
  /** `2026-03-29T10:05:00.000Z`, for the `datetime` attribute. */
  readonly iso: string
  /** `2026-03-29 10:05:00 UTC` */
  readonly exact: string
  /** `3 min ago`, `in 4 min`, `12 d ago` */
  readonly relative: string
}

export function describeInstant(instant: Date, now: Date): When {
  const iso = instant.toISOString()
  return {
    iso,
    exact: `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`,
    relative: describeDistance(instant.getTime() - now.getTime()),
  }
}

/** `public/js/times.js` says it in the same words. */
function describeDistance(aheadMs: number): string {
  const distance = Math.abs(aheadMs)
  if (distance < 30_000) return 'just now'
  const [unitMs, unit] = unitFor(distance)
  const amount = `${Math.max(1, Math.round(distance / unitMs))} ${unit}`
  return aheadMs < 0 ? `${amount} ago` : `in ${amount}`
}

function unitFor(distanceMs: number): [number, string] {
  if (distanceMs < 90 * MINUTE_MS) return [MINUTE_MS, 'min']
  return distanceMs < 2 * DAY_MS ? [HOUR_MS, 'h'] : [DAY_MS, 'd']
}

/** `1 sweep`, `12 sweeps`, `65,536 addresses` */
export function count(amount: number, one: string, many: string = `${one}s`): string {
  return `${amount.toLocaleString('en')} ${amount === 1 ? one : many}`
}
