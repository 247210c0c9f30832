export const EXIT_FAILED = 1
export const EXIT_MISTAKE = 2

/** The user's mistake in arguments or surroundings: its message is told as it stands, and the exit code is 2. */
export class UsageMistake extends Error {
  override readonly name = 'UsageMistake'
}

/** Something failed whose message tells all there is to know: exit code 1. */
export class Failure extends Error {
  override readonly name = 'Failure'
}
