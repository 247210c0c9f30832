/** Something worked out from columns. */
interface Kept {
  readonly byteLength: number
}

/**
 * What was worked out from columns, up to so many bytes; the longest unused goes first. A thing is
 * known by a name and by the columns it came from: with another column it is another thing.
 */
export class Remembered {
  readonly #things = new Map<string, Kept>()
  #bytes = 0

  constructor(private readonly mostBytes: number) {}

  find<T extends Kept>(name: string, sources: readonly object[]): T | undefined {
    const key = keyOf(name, sources)
    const thing = this.#things.get(key)
    if (thing === undefined) return undefined
    this.#things.delete(key)
    this.#things.set(key, thing)
    return thing as T
  }

  keep(name: string, sources: readonly object[], thing: Kept): void {
    const key = keyOf(name, sources)
    this.#drop(key)
    this.#things.set(key, thing)
    this.#bytes += thing.byteLength
    for (const oldest of this.#things.keys()) {
      if (this.#bytes <= this.mostBytes) return
      this.#drop(oldest)
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#things.get(key)?.byteLength ?? 0
    this.#things.delete(key)
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
