import { canMakeLab } from './lab.js'

/** True where a lab can be made. Elsewhere it says aloud which tests are skipped, and why; in CI that is a failure. */
export function isLabHere(tests: string): boolean {
  const answer = canMakeLab()
  if (answer.ok) return true
  if (process.env.CI) throw new Error(`${tests} cannot run: ${answer.reason}`)
  process.stderr.write(`SKIPPED: ${tests}: no lab: ${answer.reason}\n`)
  return false
}
