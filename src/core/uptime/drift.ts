/** How often an address answered and was asked, in all. */
export interface Sums {
  readonly active: number
  readonly total: number
}

/** An address whose figures do not agree, which must never be. */
export interface Drift {
  readonly ip: number
  /** `sums` against counters and open bits, or `counters` against the kept days. */
  readonly what: 'sums' | 'counters'
  readonly found: Sums
  readonly expected: Sums
}

/** A drift where the two differ, else nothing. */
export function compare(
  ip: number,
  what: Drift['what'],
  found: Sums,
  expected: Sums,
): Drift | undefined {
  const agrees = found.active === expected.active && found.total === expected.total
  return agrees ? undefined : { ip, what, found: pick(found), expected: pick(expected) }
}

function pick({ active, total }: Sums): Sums {
  return { active, total }
}
