import { RE2JS, RE2JSSyntaxException } from 're2js'
import { cite } from '../core/address/cite.js'
import type { Parsed } from '../core/address/ip.js'
import { surveyPattern } from './pattern-survey.js'

const MOST_CHARACTERS = 1_000
/** Steps of the machine that a pattern comes to: what is larger takes seconds to build. */
const MOST_STEPS = 2_000

/**
 * Compiles a pattern of RE2, which takes time in proportion to the text whatever the pattern, to be found in
 * capitals or not. The error names what is wrong and at which character, counted from 1.
 */
export function parsePattern(pattern: string): Parsed<RE2JS> {
  const { length } = pattern
  if (length > MOST_CHARACTERS) {
    return refuse(`the pattern has ${length} characters: write at most ${MOST_CHARACTERS}`)
  }
  const survey = surveyPattern(pattern)
  if (!survey.ok) return survey
  if (survey.value.steps > MOST_STEPS) {
    return refuse(
      `the pattern repeats too much: it comes to ${survey.value.steps} steps where ${MOST_STEPS} are taken, so repeat less`,
    )
  }
  try {
    return { ok: true, value: RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE) }
  } catch (error) {
    return refuse(explain(pattern, error))
  }
}

function explain(pattern: string, error: unknown): string {
  if (!(error instanceof RE2JSSyntaxException)) return `the pattern ${cite(pattern)} is not taken`
  const part = error.getPattern() ?? ''
  const at = part === '' ? -1 : pattern.indexOf(part)
  const what = error.getDescription()
  return at < 0
    ? `the pattern ${cite(pattern)} is not taken: ${what}`
    : `${cite(part)} at character ${at + 1} is not taken: ${what}`
}

function refuse(error: string): { readonly ok: false; readonly error: string } {
  return { ok: false, error }
}
