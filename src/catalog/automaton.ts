import type { RE2JS } from 're2js'

/** A state of RE2JS's machine: where each class of characters leads, as far as it was walked. */
interface State {
  readonly next: readonly (State | null)[] | null
  readonly isMatch: boolean
}

/** The lazily built machine that RE2JS's own `test` walks; null: it has no room for a new state. */
interface Machine {
  readonly failed: boolean
  readonly numClasses: number
  readonly latin1Class: Int32Array
  start(input: { context(): number }, position: number): State | null
  step(state: State, characterClass: number, character: number, anchor: number): State | null
}

const FIRST_BEYOND_ASCII = 0x80
const END_OF_TEXT = -1
const UNANCHORED = 0
/** To `start` all of these hold: the text begins here, and so does a line. */
const EVERY_CONDITION = { context: () => 0xff }

/** A state within a text: `undefined` where the machine cannot tell, `true` where it has found. */
export type Walked = State | true | undefined

/**
 * Walks RE2JS's machine over bytes. Its `test` makes a reader for each text and asks it for each
 * character, which takes five times as long; and from a state within a text one can go on in many
 * ways. Whoever gets `undefined` (no room, or a character beyond ASCII) asks `test`, which answers all.
 */
export class Automaton {
  readonly #machine: Machine
  readonly #start: State | null

  /** Undefined where this RE2JS, or this pattern, has no such machine. */
  static of(pattern: RE2JS): Automaton | undefined {
    const machine = pattern.re2().dfa as unknown as Partial<Machine> | undefined
    const isKnown =
      machine?.failed === false &&
      machine.latin1Class instanceof Int32Array &&
      typeof machine.numClasses === 'number' &&
      typeof machine.start === 'function' &&
      typeof machine.step === 'function'
    return isKnown ? new Automaton(machine as Machine) : undefined
  }

  private constructor(machine: Machine) {
    this.#machine = machine
    this.#start = machine.start(EVERY_CONDITION, 0)
  }

  /** The state in which a text begins. */
  get start(): Walked {
    return this.#start ?? undefined
  }

  /** The state behind some bytes. */
  walk(from: Walked, bytes: Uint8Array, start: number, end: number): Walked {
    if (from === undefined || from === true) return from
    const { latin1Class } = this.#machine
    let state = from
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!
      if (byte >= FIRST_BEYOND_ASCII) return undefined
      const characterClass = latin1Class[byte]!
      const known = state.next === null ? null : state.next[characterClass]!
      const next = known ?? this.#machine.step(state, characterClass, byte, UNANCHORED)
      if (next === null) return undefined
      if (next.isMatch) return true
      state = next
    }
    return state
  }

  /** Whether a text that ends here has the pattern in it. */
  end(from: Walked): boolean | undefined {
    if (from === undefined || from === true) return from
    const { numClasses } = this.#machine
    const known = from.next === null ? null : from.next[numClasses]!
    const next = known ?? this.#machine.step(from, numClasses, END_OF_TEXT, UNANCHORED)
    return next?.isMatch
  }
}
