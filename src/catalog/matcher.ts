import type { RE2JS } from 're2js'
import { formatIp } from '../core/address/ip.js'
import { Automaton } from './automaton.js'
import { IpMatcher } from './ip-matcher.js'
import { NOWHERE, type Place, TEXT_STARTS, type Texts } from './texts.js'

/** Finds a pattern in addresses and texts as they lie in memory. */
export interface Matcher {
  matchesIp(ip: number): boolean
  /** The empty text matches nothing: it is an absent one. */
  matchesText(place: Place): boolean
}

export function makeMatcher(pattern: RE2JS, texts: Texts): Matcher {
  const test = (text: string) => pattern.test(text)
  const automaton = Automaton.of(pattern)
  if (automaton === undefined) {
    return {
      matchesIp: (ip) => test(formatIp(ip)),
      matchesText: (place) => place !== NOWHERE && test(texts.read(place)),
    }
  }
  const ips = new IpMatcher(automaton, test)
  const { bytes } = texts
  return {
    matchesIp: (ip) => ips.matches(ip),
    matchesText: (place) => {
      if (place === NOWHERE) return false
      const start = place + TEXT_STARTS
      const end = start + texts.lengthOf(place)
      const walked = automaton.walk(automaton.start, bytes, start, end)
      return automaton.end(walked) ?? test(texts.read(place))
    },
  }
}
