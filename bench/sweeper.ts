import { ask, askAgain } from '../cron/ask.js'
import { readConfig } from '../src/config.js'
import { IpSet } from '../src/core/address/ip-set.js'
import { planPart } from '../src/core/scan/plan.js'
import type { Lab } from '../test/lab/lab.js'
import type { Ground } from './measure.js'

const DEADLINE_MS = 300_000

/** The product's own asking, without counting: sweeps the ground once at each call, and remembers who answered. */
export function makeSweeper(
  lab: Lab,
  { network }: Ground,
  packetsPerSecond: number,
  { asksAgain = true } = {},
): () => Promise<IpSet> {
  const { nmapPath } = readConfig()
  const { signal } = new AbortController()
  const context = { nmapPath, launch: lab.launch, signal }
  let known = new IpSet(network)
  return async () => {
    const errand = { packetsPerSecond, deadline: new Date(Date.now() + DEADLINE_MS) }
    const asked = await ask(context, errand, planPart(network, network, []))
    if (asked.state !== 'swept') throw new Error(`the sweep is ${asked.state}: ${asked.reason}`)
    const alive = IpSet.of(network, asked.answers.keys())
    const doubted = asksAgain ? known.without(alive) : new IpSet(network)
    const again = await askAgain(context, errand, doubted)
    if (again.state !== 'swept') throw new Error(`asking again is ${again.state}: ${again.reason}`)
    for (const ip of again.answers.keys()) alive.add(ip)
    known = known.union(alive)
    return alive
  }
}
