/** So long one question works before others have their turn; a page takes three turns of them. */
const TURN_MS = 3

/** Lets work that pauses be done side by side: after each turn whoever came meanwhile goes first. */
export class Turns {
  #last: Promise<void> = Promise.resolve()

  async run<T>(work: Generator<void, T, void>): Promise<T> {
    for (;;) {
      const until = performance.now() + TURN_MS
      do {
        const step = work.next()
        if (step.done === true) return step.value
      } while (performance.now() < until)
      await this.#next()
    }
  }

  /** One turn for each round of the event loop, so that what arrives is heard between any two. */
  #next(): Promise<void> {
    this.#last = this.#last.then(() => new Promise((resolve) => setImmediate(resolve)))
    return this.#last
  }
}

/** Does all of the work at once. */
export function finish<T>(work: Generator<void, T, void>): T {
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
  }
}
