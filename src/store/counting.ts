import { IpSet } from '../core/address/ip-set.js'
import { dayOf, SLOT_MS, slotOf } from '../core/uptime/slot.js'
import type { Answer } from './answer.js'
import { readKnown, readNewSince } from './known.js'
import { enterNewcomers, keepMacs } from './newcomers.js'
import type { Db, Store } from './pool.js'
import { type OpenSlot, raiseBits, readSlot } from './presence.js'
import { raiseSums } from './sums.js'
import type { ClaimedSweep, SweepFigures } from './sweeps.js'

/** One part's outcome: `seen` lies within `asked`. */
export interface Outcome {
  readonly asked: IpSet
  readonly seen: IpSet
  readonly answers: readonly Answer[]
  readonly packets: number
}

export type Counted =
  | { readonly state: 'counted'; readonly new: number }
  | { readonly state: 'fenced'; readonly reason: string }

/**
 * Counts one part whole or not at all: in one transaction, new addresses, presence bits, sums and the
 * sweep's own row. `fenced` where the sweep is no longer ours or its deadline has passed: nothing is
 * written then. A bit that the slot has already (a network removed and added again) is not counted twice,
 * and an address is counted from its first answer on, also where a later slot was counted before this.
 */
export async function countPart(
  store: Store,
  sweep: ClaimedSweep,
  outcome: Outcome,
): Promise<Counted> {
  return store.transaction(async (tx) => {
    const refusal = await lockOurs(tx, sweep)
    if (refusal !== undefined) return { state: 'fenced', reason: refusal }
    const { known, later } = await readKnownAt(tx, sweep)
    const fresh = await raiseFreshBits(tx, sweep, outcome)
    const newcomers = fresh.seen.without(known)
    await enterNewcomers(tx, sweep, newcomers, outcome.answers)
    await keepMacs(tx, sweep, known, outcome.answers)
    // A newcomer's first slot counts for it, also where somebody asked it in that slot before.
    const asked = fresh.asked.union(newcomers).without(later)
    const seen = fresh.seen.without(later)
    await raiseSums(tx, sweep, { asked, seen }, outcome.answers)
    await closeSweep(tx, sweep, outcome, newcomers.size)
    return { state: 'counted', new: newcomers.size }
  })
}

/** The network's row comes first: two sweeps of it would else enter the same newcomers. */
async function lockOurs(tx: Db, sweep: ClaimedSweep): Promise<string | undefined> {
  await tx.query('SELECT id FROM network WHERE id = ? FOR UPDATE', [sweep.networkId])
  const [row] = await tx.query<{ state: string; token: string; late: number }>(
    'SELECT state, token, deadline <= UTC_TIMESTAMP(3) AS late FROM sweep WHERE id = ? FOR UPDATE',
    [sweep.id],
  )
  if (row === undefined || row.token !== sweep.token) return 'another scanner has this sweep'
  if (row.state !== 'running') return `this sweep is ${row.state} already`
  return row.late === 1 ? 'its deadline has passed' : undefined
}

/** Who has ever answered, and whose first answer is `later` than this slot: the clock was set back, or we are late. */
async function readKnownAt(
  tx: Db,
  { siteId, range, slotAt }: ClaimedSweep,
): Promise<{ known: IpSet; later: IpSet }> {
  const next = new Date(slotAt.getTime() + SLOT_MS)
  const { known, recent } = await readKnown(tx, siteId, range, next)
  const later = recent.size === 0 ? recent : await readNewSince(tx, siteId, range, next)
  return { known, later }
}

/** Sets the part's bits and answers which of them were not set before. */
async function raiseFreshBits(
  tx: Db,
  sweep: ClaimedSweep,
  outcome: Outcome,
): Promise<{ asked: IpSet; seen: IpSet }> {
  const { asked, seen } = outcome
  const blocks = blocksOf(asked)
  const day = dayOf(sweep.slotAt)
  const slot = slotOf(sweep.slotAt)
  const before = { asked: new IpSet(sweep.range), seen: new IpSet(sweep.range) }
  for (const row of await readSlot(tx, sweep.siteId, blocks, day, slot)) {
    before.asked.addBlockWords(row.block, row.asked)
    before.seen.addBlockWords(row.block, row.seen)
  }
  const slots = blocks.map(
    (block): OpenSlot => ({
      siteId: sweep.siteId,
      block,
      day,
      slot,
      seen: seen.blockWords(block),
      asked: asked.blockWords(block),
    }),
  )
  await raiseBits(tx, slots)
  return { asked: asked.without(before.asked), seen: seen.without(before.seen) }
}

async function closeSweep(
  tx: Db,
  sweep: ClaimedSweep,
  outcome: Outcome,
  newcomers: number,
): Promise<void> {
  const figures: SweepFigures = {
    asked: outcome.asked.size,
    alive: outcome.seen.size,
    packets: outcome.packets,
  }
  await tx.run(
    `UPDATE sweep SET state = 'counted', finished = UTC_TIMESTAMP(3), asked = ?, alive = ?, \`new\` = ?,
       packets = ? WHERE id = ?`,
    [figures.asked, figures.alive, newcomers, figures.packets, sweep.id],
  )
}

function blocksOf(set: IpSet): number[] {
  const blocks: number[] = []
  for (let block = set.firstBlock; block <= set.lastBlock; block++) {
    if (set.blockWords(block).some((word) => word !== 0n)) blocks.push(block)
  }
  return blocks
}
