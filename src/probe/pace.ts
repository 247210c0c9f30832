/** Lets callers pass one after another, evenly, at most so many a second. */
export class Pace {
  #nextAt = 0
  readonly #gapMs: number

  constructor(perSecond: number) {
    this.#gapMs = 1_000 / perSecond
  }

  /** Waits for this caller's turn. */
  async turn(): Promise<void> {
    const now = performance.now()
    const at = Math.max(now, this.#nextAt)
    this.#nextAt = at + this.#gapMs
    if (at - now >= 1) await new Promise((resolve) => setTimeout(resolve, at - now))
  }
}
