import { cite } from '../core/address/cite.js'
import type { Parsed } from '../core/address/ip.js'

/** What is known of a pattern before it is compiled. */
export interface PatternSurvey {
  /** About how many steps its machine will have. */
  readonly steps: number
}

/** A group that is still open, or the whole pattern. */
interface Level {
  readonly openedAt: number
  steps: number
  /** Of what was read last, which a repetition repeats. */
  last: number
}

const LITERAL = /\\Q[\s\S]*?(?:\\E|$)/y
const ESCAPE = /\\(?:[pPx]\{[^}]*\}|[pPx].|[\s\S])/y
const BACK_REFERENCE = /\\(?:[1-9]|k[<{'])/y
const LOOK_AROUND = /\(\?<?[=!]/y
const ATOMIC = /\(\?>/y
const GROUP = /\((?:\?(?:P?<[^>]*>|[a-zA-Z-]*:?))?/y
const CLASS = /\[\^?\]?(?:\[:\^?[a-z]*:\]|\\Q[\s\S]*?\\E|\\[\s\S]|[^\]\\])*\]/y
const REPETITION = /\{([0-9]+)(,([0-9]*))?\}/y

/**
 * Reads a pattern from left to right, finds what RE2 has not or what is left open, and reckons how
 * large it becomes when every counted repetition is written out.
 */
export function surveyPattern(pattern: string): Parsed<PatternSurvey> {
  const levels: Level[] = [{ openedAt: -1, steps: 0, last: 0 }]
  for (let at = 0; at < pattern.length; ) {
    const refusal = refuseAt(pattern, at, levels.length)
    if (refusal !== undefined) return refusal
    at += readPiece(pattern, at, levels)
  }
  const open = levels.at(-1)!
  return open.openedAt < 0
    ? { ok: true, value: { steps: open.steps } }
    : refuse(open.openedAt, '"("', 'is never closed: add ")", or write "\\(" for the character')
}

function refuseAt(pattern: string, at: number, depth: number): Refusal | undefined {
  const back = matchAt(BACK_REFERENCE, pattern, at)
  if (back !== undefined) {
    return refuse(
      at,
      cite(back[0]),
      'refers back, which is not taken: write out what is to be found',
    )
  }
  const look = matchAt(LOOK_AROUND, pattern, at) ?? matchAt(ATOMIC, pattern, at)
  if (look !== undefined) {
    return refuse(at, cite(look[0]), 'looks around, which is not taken: match the text itself')
  }
  if (pattern[at] === ')' && depth === 1) {
    return refuse(at, '")"', 'closes nothing: add "(" before it, or write "\\)" for the character')
  }
  if (pattern[at] === '[' && matchAt(CLASS, pattern, at) === undefined) {
    return refuse(at, '"["', 'is never closed: add "]", or write "\\[" for the character')
  }
  return undefined
}

/** Reckons in the piece at a place, and answers its length. */
function readPiece(pattern: string, at: number, levels: Level[]): number {
  const level = levels.at(-1)!
  const group = matchAt(GROUP, pattern, at)
  if (group !== undefined) {
    const isFlags = /^\(\?[a-zA-Z-]*$/.test(group[0]) && pattern[at + group[0].length] === ')'
    if (isFlags) return group[0].length + 1
    levels.push({ openedAt: at, steps: 0, last: 0 })
    return group[0].length
  }
  if (pattern[at] === ')') {
    levels.pop()
    add(levels.at(-1)!, level.steps + 2)
    return 1
  }
  const repetition = matchAt(REPETITION, pattern, at)
  if (repetition !== undefined) {
    repeat(level, repetition)
    return repetition[0].length
  }
  const literal = matchAt(LITERAL, pattern, at)
  const piece = literal ?? matchAt(ESCAPE, pattern, at) ?? matchAt(CLASS, pattern, at)
  const length = piece?.[0].length ?? 1
  add(level, literal === undefined ? 1 : length)
  return length
}

function add(level: Level, steps: number): void {
  level.steps += steps
  level.last = steps
}

/** `x{2,5}` is five times x; `x{2,}` is three, the last of them for ever. */
function repeat(level: Level, [, least, comma, most]: RegExpExecArray): void {
  const times = comma !== undefined && most === '' ? Number(least) + 1 : Number(most ?? least)
  const steps = level.last * Math.max(1, times, Number(least))
  level.steps += steps - level.last
  level.last = steps
}

type Refusal = { readonly ok: false; readonly error: string }

function refuse(at: number, what: string, why: string): Refusal {
  return { ok: false, error: `${what} at character ${at + 1} ${why}` }
}

function matchAt(expression: RegExp, text: string, at: number): RegExpExecArray | undefined {
  expression.lastIndex = at
  return expression.exec(text) ?? undefined
}
