/** Work in steps, with pauses between them. */
type Steps<T> = Generator<void, T, void>

interface Thing {
  readonly outcome: unknown
  readonly bytes: number
}

/** Work that everybody who needs its outcome does steps of, so that it is done once for all. */
interface SharedWork {
  readonly steps: Steps<unknown>
  end?: { readonly outcome: unknown } | { readonly failure: unknown }
}

/**
 * What was worked out from columns, up to so many bytes; the longest unused goes first. A thing is
 * known by a name and by the columns it came from: with another column it is another thing.
 */
export class Remembered {
  readonly #things = new Map<string, Thing>()
  readonly #works = new Map<string, SharedWork>()
  #bytes = 0

  constructor(private readonly mostBytes: number) {}

  has(name: string, sources: readonly object[]): boolean {
    return this.#things.has(keyOf(name, sources))
  }

  /** What is remembered, or worked out now; `bytesOf` says what the outcome takes. */
  *workOut<T>(
    name: string,
    sources: readonly object[],
    work: () => Steps<T>,
    bytesOf: (outcome: T) => number,
  ): Steps<T> {
    const key = keyOf(name, sources)
    const known = this.#things.get(key)
    if (known !== undefined) {
      this.#use(key, known)
      return known.outcome as T
    }
    const shared = this.#works.get(key) ?? this.#begin(key, work())
    while (shared.end === undefined) {
      this.#step(key, shared, bytesOf as (outcome: unknown) => number)
      if (shared.end === undefined) yield
    }
    if ('failure' in shared.end) throw shared.end.failure
    return shared.end.outcome as T
  }

  #begin(key: string, steps: Steps<unknown>): SharedWork {
    const shared = { steps }
    this.#works.set(key, shared)
    return shared
  }

  #step(key: string, shared: SharedWork, bytesOf: (outcome: unknown) => number): void {
    try {
      const step = shared.steps.next()
      if (step.done !== true) return
      shared.end = { outcome: step.value }
      this.#keep(key, { outcome: step.value, bytes: bytesOf(step.value) })
    } catch (failure) {
      shared.end = { failure }
    }
    this.#works.delete(key)
  }

  #use(key: string, thing: Thing): void {
    this.#things.delete(key)
    this.#things.set(key, thing)
  }

  #keep(key: string, thing: Thing): void {
    this.#things.set(key, thing)
    this.#bytes += thing.bytes
    for (const [oldest, { bytes }] of this.#things) {
      if (this.#bytes <= this.mostBytes) return
      this.#things.delete(oldest)
      this.#bytes -= bytes
    }
  }
}

/** Numbers for columns, so that a key does not keep the memory of a column that is gone. */
const numbers = new WeakMap<object, number>()
let lastNumber = 0

function keyOf(name: string, sources: readonly object[]): string {
  return [name, ...sources.map(numberOf)].join(' ')
}

function numberOf(source: object): number {
  const known = numbers.get(source)
  if (known !== undefined) return known
  lastNumber += 1
  numbers.set(source, lastNumber)
  return lastNumber
}
