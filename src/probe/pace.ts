/** Lets work begin evenly, so many a second at most, and so many at a time: a slow server is not flooded. */
export class Pace {
  #nextAt = 0
  #underWay = 0
  readonly #gapMs: number
  readonly #waiting: (() => void)[] = []

  constructor(
    perSecond: number,
    private readonly atOnce = Number.POSITIVE_INFINITY,
  ) {
    this.#gapMs = 1_000 / perSecond
  }

  /** Does the work when its turn has come. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#underWay < this.atOnce) this.#underWay++
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      await this.#turn()
      return await work()
    } finally {
      // Whoever waits takes this place over.
      const next = this.#waiting.shift()
      if (next === undefined) this.#underWay--
      else next()
    }
  }

  async #turn(): Promise<void> {
    const now = performance.now()
    const at = Math.max(now, this.#nextAt)
    this.#nextAt = at + this.#gapMs
    if (at - now >= 1) await new Promise((resolve) => setTimeout(resolve, at - now))
  }
}
