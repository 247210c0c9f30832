import { dayOf } from '../core/uptime/slot.js'
import { countAddresses } from '../store/address-rows.js'
import type { Db } from '../store/pool.js'
import { listOpenDays } from '../store/presence.js'
import { listCountedFrom, readFirstOpenSweep, readLastChange } from '../store/recent.js'
import { takeChanges, takeParts } from './follow.js'
import { loadSnapshot, loadSurroundings } from './load.js'
import { loadOpenDays } from './load-open-days.js'
import type { OpenDays } from './open-days.js'
import type { Snapshot } from './snapshot.js'
import type { Turns } from './turns.js'

/** A claim may be seen some ids late: whoever took the number writes the row a moment later. */
const LATE_IDS = 100
const COUNT_CHECK_MS = 600_000
const FOLD_CHECK_MS = 60_000
/** Texts that were replaced stay in memory until everything is read again. */
const SPARE_TEXT_BYTES = 8 * 2 ** 20

/** What is known of the database, and how far that reaches. */
interface Kept {
  readonly open: OpenDays
  snapshot: Snapshot
  /** The last change to any address that was taken in. */
  change: number
  /** Every sweep of a lower id has ended, and was taken in where it was counted. */
  firstOpenSweep: number
  /** Counted sweeps that were taken in and may still be listed. */
  readonly takenIn: Set<number>
  /** As large were the texts when everything was read. */
  readonly textBytes: number
  countCheckedAt: number
  foldCheckedAt: number
  /** Rows may have gone: they are to be counted. */
  isDoubtful: boolean
  /** So often in a row the table had another number of rows. */
  mismatches: number
}

/** Keeps the address table and the open days in memory as they stand in the database. */
export class Keeper {
  #kept: Kept | undefined

  constructor(
    private readonly db: Db,
    private readonly turns: Turns,
  ) {}

  /** Undefined until everything was read for the first time. */
  get current(): { readonly snapshot: Snapshot; readonly open: OpenDays } | undefined {
    return this.#kept
  }

  /** Takes in what is new; what an error interrupts is taken in by the next call. */
  async refresh(now: Date): Promise<void> {
    const kept = this.#kept
    if (kept === undefined) {
      this.#kept = await this.#load(now)
      return
    }
    const change = await readLastChange(this.db)
    // Changes that are lower than those we have: an older state of the database was restored.
    if (change < kept.change) {
      this.#kept = await this.#load(now)
      return
    }
    await this.#takeSurroundings(kept)
    await this.#takeChanges(kept, change)
    await this.#takeParts(kept)
    await this.#dropFolded(kept, now)
    if (await this.#isStale(kept, now)) this.#kept = await this.#load(now)
  }

  async #load(now: Date): Promise<Kept> {
    // The marks first: what comes while the rows are read is then read again.
    const change = await readLastChange(this.db)
    const firstOpenSweep = await readFirstOpenSweep(this.db)
    const counted = await listCountedFrom(this.db, firstOpenSweep - LATE_IDS)
    const snapshot = await loadSnapshot(this.db)
    const open = await loadOpenDays(this.db, snapshot)
    return {
      ...{ snapshot, open, change, firstOpenSweep, isDoubtful: false, mismatches: 0 },
      takenIn: new Set(counted.map((part) => part.id)),
      textBytes: snapshot.columns.texts.size,
      countCheckedAt: now.getTime(),
      foldCheckedAt: now.getTime(),
    }
  }

  async #takeSurroundings(kept: Kept): Promise<void> {
    const { networks, timeZones } = await loadSurroundings(this.db)
    const isSame =
      JSON.stringify([networks, ...timeZones]) ===
      JSON.stringify([kept.snapshot.networks, ...kept.snapshot.timeZones])
    if (isSame) return
    kept.snapshot = { ...kept.snapshot, networks, timeZones }
    kept.isDoubtful = true
  }

  async #takeChanges(kept: Kept, upTo: number): Promise<void> {
    if (upTo === kept.change) return
    const { db, turns } = this
    const taken = await takeChanges(db, turns, kept.snapshot, kept.change, upTo)
    kept.snapshot = taken.snapshot
    kept.change = upTo
    if (!taken.isWhole) kept.isDoubtful = true
  }

  async #takeParts(kept: Kept): Promise<void> {
    const firstOpenSweep = await readFirstOpenSweep(this.db)
    const counted = await listCountedFrom(this.db, kept.firstOpenSweep - LATE_IDS)
    const fresh = counted.filter((part) => !kept.takenIn.has(part.id))
    if (fresh.length > 0) {
      kept.snapshot = await takeParts(this.db, this.turns, kept.snapshot, kept.open, fresh)
    }
    kept.firstOpenSweep = Math.max(kept.firstOpenSweep, firstOpenSweep)
    kept.takenIn.clear()
    for (const part of counted) kept.takenIn.add(part.id)
  }

  /** Folded bits do no harm, but they take memory. */
  async #dropFolded(kept: Kept, now: Date): Promise<void> {
    const today = dayOf(now)
    const closed = kept.open.days.filter((day) => day < today)
    if (closed.length === 0 || now.getTime() < kept.foldCheckedAt + FOLD_CHECK_MS) return
    kept.foldCheckedAt = now.getTime()
    const open = new Set((await listOpenDays(this.db, today)).map(({ day }) => day))
    for (const day of closed) if (!open.has(day)) kept.open.drop(day)
  }

  /** Nothing tells of rows that have gone but their number; every other change was taken in before. */
  async #isStale(kept: Kept, now: Date): Promise<boolean> {
    const { columns } = kept.snapshot
    if (columns.texts.size > 2 * kept.textBytes + SPARE_TEXT_BYTES) return true
    const isDue = now.getTime() >= kept.countCheckedAt + COUNT_CHECK_MS
    if (!kept.isDoubtful && kept.mismatches === 0 && !isDue) return false
    kept.countCheckedAt = now.getTime()
    kept.isDoubtful = false
    const isSame = (await countAddresses(this.db)) === columns.size
    kept.mismatches = isSame ? 0 : kept.mismatches + 1
    return kept.mismatches > 1
  }
}
