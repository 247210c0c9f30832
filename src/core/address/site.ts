import { cite } from './cite.js'
import type { Parsed } from './ip.js'

export const MAIN_SITE = 'main'

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u
const TAG_CHARACTERS = 64
/** How a scanner may sign its work, as `IPSPACE_ENGINE` takes it. */
const ENGINE = /^[A-Za-z0-9._-]{1,56}$/

export function parseSiteName(text: string): Parsed<string> {
  const name = text.trim()
  return NAME.test(name)
    ? { ok: true, value: name }
    : {
        ok: false,
        error: `${cite(text)} is no name for a site: use 1 to 64 letters, digits, spaces, dots, dashes and underscores`,
      }
}

export function parseTag(text: string): Parsed<string> {
  const tag = text.trim()
  return tag.length <= TAG_CHARACTERS && !/\p{Cc}/u.test(tag)
    ? { ok: true, value: tag }
    : {
        ok: false,
        error: `the tag ${cite(text)} must be one line of at most ${TAG_CHARACTERS} characters`,
      }
}

/** An area of the IANA time zone database, such as `Europe/Berlin`. */
export function parseTimeZone(text: string): Parsed<string> {
  const zone = text.trim()
  if (/^[A-Za-z]/.test(zone) && isKnownZone(zone)) return { ok: true, value: zone }
  const likely = Intl.supportedValuesOf('timeZone').filter((name) =>
    name.toLowerCase().endsWith(`/${zone.toLowerCase().replaceAll(' ', '_')}`),
  )
  const mend = likely.length > 0 ? likely.join(' or ') : 'one such as Europe/Berlin or UTC'
  return { ok: false, error: `${cite(text)} is not a time zone: write ${mend}` }
}

/** The engine that alone sweeps a site; `any` or nothing leaves it to whichever is there. */
export function parseEngine(text: string): Parsed<string | undefined> {
  const engine = text.trim()
  if (engine === '' || engine === 'any') return { ok: true, value: undefined }
  return ENGINE.test(engine)
    ? { ok: true, value: engine }
    : {
        ok: false,
        error: `${cite(text)} is no name for an engine: use 1 to 56 letters, digits, dots, dashes and underscores, as in IPSPACE_ENGINE`,
      }
}

/** Whether one engine may have to sweep both sites, so that equal addresses would be the same hosts. */
export function mayShareEngine(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || a === b
}

function isKnownZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}
