import { IpSet } from '../src/core/address/ip-set.js'
import { type NetworkRange, parseNetwork, sizeOf } from '../src/core/address/network.js'
import { renderTargets } from '../src/core/scan/plan.js'
import type { Lab } from '../test/lab/lab.js'

/** A routed network, of which the second quarter of each /24 answers. */
export interface Ground {
  readonly network: NetworkRange
  readonly cidr: string
  readonly present: IpSet
  /** The present ones as CIDRs. */
  readonly answering: readonly string[]
}

export interface Measured<T> {
  readonly answer: T
  readonly seconds: number
  /** Everything the scanner put on the wire, counted there, for each address of the network. */
  readonly packetsPerAddress: number
}

export function layGround(cidr: string): Ground {
  const parsed = parseNetwork(cidr)
  if (!parsed.ok) throw new Error(parsed.error)
  const network = parsed.value
  const present = new IpSet(network)
  for (let ip: number = network.first; ip <= network.last; ip++) {
    if ((ip & 0xc0) === 0x40) present.add(ip)
  }
  return { network, cidr, present, answering: renderTargets(present.toRanges()) }
}

/** Measures from outside whatever asks the ground; a lab that dropped frames by itself measured nothing. */
export async function measure<T>(
  lab: Lab,
  { network }: Ground,
  ask: () => Promise<T>,
): Promise<Measured<T>> {
  const before = await lab.wire()
  const startedAt = performance.now()
  const answer = await ask()
  const seconds = (performance.now() - startedAt) / 1_000
  const after = await lab.wire()
  if (after.spilled > before.spilled) {
    throw new Error(`the lab dropped ${after.spilled - before.spilled} frames that it should not`)
  }
  return { answer, seconds, packetsPerAddress: (after.sent - before.sent) / sizeOf(network) }
}

export function describe({ answer, seconds, packetsPerAddress }: Measured<IpSet>): string {
  const pace = `${seconds.toFixed(1)} s, ${packetsPerAddress.toFixed(3)} packets per address`
  return `${answer.size} answered, ${pace}`
}
