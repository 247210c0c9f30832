/** As much of a change as tells how long a value was held. */
export interface HeldChange {
  readonly old: string | undefined
  readonly new: string | undefined
  readonly changedAt: Date
  /** When the old value began; undefined where that was before the history. */
  readonly oldFrom: Date | undefined
  /** When the new value ended; undefined where it is held still. */
  readonly newUntil: Date | undefined
}

/** Both ends inclusive; absent ends are open. */
export interface Period {
  readonly since?: Date | undefined
  readonly until?: Date | undefined
}

/** Whether one of the two values fits and was held at any time in the period. */
export function wasHeldIn(
  change: HeldChange,
  period: Period,
  fits: (value: string) => boolean,
): boolean {
  const { old, new: now, changedAt, oldFrom, newUntil } = change
  const isOld = old !== undefined && fits(old) && touches(period, oldFrom, changedAt)
  return isOld || (now !== undefined && fits(now) && touches(period, changedAt, newUntil))
}

/** One value and the time it was held, as a time line draws it. */
export interface Holding {
  readonly value: string
  readonly from: Date | undefined
  readonly until: Date | undefined
}

/** The values of one field of one address, the oldest first, from its changes in their order. */
export function holdingsOf(changes: readonly HeldChange[]): Holding[] {
  const [first] = changes
  const before =
    first?.old === undefined
      ? []
      : [{ value: first.old, from: first.oldFrom, until: first.changedAt }]
  const later = changes.flatMap((change) =>
    change.new === undefined
      ? []
      : [{ value: change.new, from: change.changedAt, until: change.newUntil }],
  )
  return [...before, ...later]
}

function touches({ since, until }: Period, from: Date | undefined, to: Date | undefined): boolean {
  return !(until && from && from > until) && !(since && to && to < since)
}
