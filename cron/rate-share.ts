/** Packets per second that sweeps side by side may send together, handed out first come, first served. */
export class RateShare {
  #taken = 0
  readonly #queue: (() => boolean)[] = []

  constructor(public limit: number) {}

  /** Waits for a share of at most `wanted`; answers its size and how to give it back. */
  take(wanted: number): Promise<{ packetsPerSecond: number; giveBack: () => void }> {
    return new Promise((resolve) => {
      this.#queue.push(() => {
        const share = Math.min(wanted, this.limit)
        if (this.#taken + share > this.limit) return false
        this.#taken += share
        let isTaken = true
        const giveBack = () => {
          if (!isTaken) return
          isTaken = false
          this.#taken -= share
          this.#serve()
        }
        resolve({ packetsPerSecond: share, giveBack })
        return true
      })
      this.#serve()
    })
  }

  #serve(): void {
    while (this.#queue[0]?.() === true) this.#queue.shift()
  }
}
