import type { Range } from '../src/core/address/network.js'
import { readLink } from '../src/probe/link.js'
import type { SweepContext } from './context.js'

const LOOK_EVERY_MS = 5_000

/**
 * Does the asking of a range, and gives it up as `blind` when our way there goes down meanwhile: nmap
 * would wait for its end for ever, and take for silence what it could not hear.
 */
export async function whileLinkIsUp<T>(
  context: SweepContext,
  range: Range,
  asking: (watched: SweepContext) => Promise<T>,
): Promise<T | { readonly state: 'blind'; readonly reason: string }> {
  const stop = new AbortController()
  let outage: string | undefined
  const look = async () => {
    const link = await readLink(range)
    if (link.isUp) return
    outage ??= `during the sweep: ${link.reason}`
    stop.abort()
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  const signal = AbortSignal.any([context.signal, stop.signal])
  const result = await asking({ ...context, signal }).finally(() => clearInterval(timer))
  await look()
  return outage === undefined ? result : { state: 'blind', reason: outage }
}
