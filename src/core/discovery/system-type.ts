/** What kind of system an address is, as `ipdiscover-util` of OCS Inventory sorts them. */
export const SYSTEM_TYPES = ['windows', 'linux', 'mac', 'network', 'filtered', 'phantom'] as const
export type SystemType = (typeof SYSTEM_TYPES)[number]

export type PortState = 'open' | 'closed' | 'filtered'

/** The TCP ports that tell systems apart where no operating system was recognised. */
export const TELLING_PORTS = [22, 23, 80, 135] as const

export interface Traits {
  readonly isDown: boolean
  /** The operating system whose fingerprint fits in everything, as nmap names it. */
  readonly os: string | undefined
  /** The one that fits best, where none fits in everything. */
  readonly guess: string | undefined
  /** By port; one that was not heard of counts as filtered. */
  readonly ports: ReadonlyMap<number, PortState>
}

/** Ports 22, 23, 80, 135 of what has telnet or a web page, but nothing else: switches, printers, cameras. */
const APPLIANCES = [/^ccoc$/, /^cocc$/, /^cooc$/, /^oo..$/]
const NOBODY = [/^fffc$/, /^cccc$/]
const FILTERED = /^ffff$/

/**
 * The first rule that fits decides: silence, the operating system's name, then the ports. Two things
 * are not the original's: it reads "Apple Mac" and so misses what nmap calls macOS since 2016, and
 * whoever no rule fits is Linux to it, where a guess of nmap's says more.
 */
export function typeOfSystem({ isDown, os, guess, ports }: Traits): SystemType {
  const seen = TELLING_PORTS.map((port) => (ports.get(port) ?? 'filtered')[0]).join('')
  if (isDown) return 'phantom'
  else if (os !== undefined) return typeOfName(os)
  else if (ports.get(135) === 'open') return 'windows'
  else if (APPLIANCES.some((shape) => shape.test(seen))) return 'network'
  else if (NOBODY.some((shape) => shape.test(seen))) return 'phantom'
  else if (FILTERED.test(seen)) return 'filtered'
  else return guess === undefined ? 'linux' : typeOfName(guess)
}

function typeOfName(os: string): SystemType {
  if (/windows/i.test(os)) return 'windows'
  else if (/apple mac/i.test(os)) return 'mac'
  else if (/linux/i.test(os) && !/embedded/i.test(os)) return 'linux'
  else return 'network'
}
