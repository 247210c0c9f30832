/** One stretch of time: how often it was answered of how often it was asked. */
export interface StripCell {
  readonly active: number
  readonly total: number
  /** It was to be asked, and what came of it was not counted. */
  readonly isUncounted?: boolean
}

export interface StripLook {
  readonly isAscii: boolean
  readonly hasColours: boolean
}

interface Marks {
  readonly levels: readonly string[]
  readonly silent: string
  readonly uncounted: string
}

/** From a few answers in a hundred to all: an eighth each. */
const BLOCKS: Marks = { levels: [...'▁▂▃▄▅▆▇█'], silent: '·', uncounted: '╱' }
const ASCII: Marks = { levels: [...'12345678'], silent: '.', uncounted: '/' }
const NOT_ASKED = ' '
const COLOUR = { answered: 36, silent: 90, uncounted: 33 } as const

/** Draws cells from left to right, a character each; neighbours of one colour are coloured together. */
export function drawStrip(cells: readonly StripCell[], look: StripLook): string {
  const marks = look.isAscii ? ASCII : BLOCKS
  const drawn = cells.map((cell) => markOf(cell, marks))
  return look.hasColours ? colour(drawn) : drawn.map((it) => it.mark).join('')
}

/** What the marks mean, in one line. */
export function explainStrip({ isAscii }: StripLook): string {
  const { levels, silent, uncounted } = isAscii ? ASCII : BLOCKS
  return `${levels[0]} to ${levels.at(-1)} answered seldom to always   ${silent} silent   ${uncounted} not counted   (blank) not asked`
}

/** The hours under a strip of a day: midnight, 06, 12 and 18, and `^` under what is now. */
export function drawTicks(cells: number, nowCell?: number): string {
  const line = Array.from({ length: Math.max(cells, edgeOf(cells, 3) + 2) }, () => ' ')
  for (const [quarter, hour] of ['00', '06', '12', '18'].entries()) {
    line.splice(edgeOf(cells, quarter), hour.length, ...hour)
  }
  if (nowCell !== undefined) line[nowCell] = '^'
  return line.join('').trimEnd()
}

/** The most cells of a whole number of slots each that fit into a width, of a day's 288. */
export function fitCells(width: number): number {
  return [288, 144, 96, 72, 48, 24].find((cells) => cells <= width) ?? 24
}

function edgeOf(cells: number, quarter: number): number {
  return Math.round((cells * quarter) / 4)
}

interface Drawn {
  readonly mark: string
  readonly kind: keyof typeof COLOUR | undefined
}

function markOf({ active, total, isUncounted }: StripCell, marks: Marks): Drawn {
  if (total === 0) {
    return isUncounted
      ? { mark: marks.uncounted, kind: 'uncounted' }
      : { mark: NOT_ASKED, kind: undefined }
  }
  if (active === 0) return { mark: marks.silent, kind: 'silent' }
  const level = Math.min(7, Math.ceil((8 * active) / total) - 1)
  return { mark: marks.levels[level]!, kind: 'answered' }
}

function colour(drawn: readonly Drawn[]): string {
  let text = ''
  for (let at = 0; at < drawn.length; ) {
    const { kind } = drawn[at]!
    let marks = ''
    for (; at < drawn.length && drawn[at]!.kind === kind; at++) marks += drawn[at]!.mark
    text += kind === undefined ? marks : `\u001b[${COLOUR[kind]}m${marks}\u001b[0m`
  }
  return text
}
