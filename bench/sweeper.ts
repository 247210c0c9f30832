import { setTimeout as pause } from 'node:timers/promises'
import { readConfig } from '../src/config.js'
import { IpSet } from '../src/core/address/ip-set.js'
import type { Range } from '../src/core/address/network.js'
import { countAddresses, planPart, renderTargets, splitEvenly } from '../src/core/scan/plan.js'
import { probe } from '../src/probe/nmap.js'
import type { Lab } from '../test/lab/lab.js'
import type { Ground } from './measure.js'

const PROCESSES = 4
const PAUSES_BEFORE_ASKING_AGAIN_MS = [500, 2_000, 3_000]
const DEADLINE_MS = 300_000

/** What the benchmarks measure: sweeps the ground once at each call, remembering who ever answered. */
export function makeSweeper(
  lab: Lab,
  { network }: Ground,
  packetsPerSecond: number,
  { asksAgain = true } = {},
): () => Promise<IpSet> {
  const { nmapPath } = readConfig()
  const ask = async (ranges: readonly Range[]) => {
    const answer = await probe({
      nmapPath,
      launch: lab.launch,
      targets: splitEvenly(ranges, PROCESSES).map(renderTargets),
      count: countAddresses(ranges),
      packetsPerSecond,
      deadline: new Date(Date.now() + DEADLINE_MS),
    })
    if (answer.state !== 'swept') throw new Error(`the sweep is ${answer.state}: ${answer.reason}`)
    const alive = answer.replies.map((reply) => reply.ip)
    return IpSet.of(network, alive)
  }
  let known = new IpSet(network)
  return async () => {
    let alive = await ask(planPart(network, network, []))
    for (const waitMs of asksAgain ? PAUSES_BEFORE_ASKING_AGAIN_MS : []) {
      const silent = known.without(alive)
      if (silent.size === 0) break
      await pause(waitMs)
      alive = alive.union(await ask(silent.toRanges()))
    }
    known = known.union(alive)
    return alive
  }
}
