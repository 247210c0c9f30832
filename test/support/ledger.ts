import { readCounters } from '../../src/store/counters.js'
import type { Store } from '../../src/store/pool.js'

/** One address as a ledger on paper has it. */
export interface Page {
  firstSeen: Date
  /** Per slot of the site's day. */
  active: number[]
  total: number[]
}

/**
 * Counts sweeps one after the other by arithmetic of its own: nothing of the product's is used.
 * An address is counted from its first answer on.
 */
export class Ledger {
  readonly pages = new Map<number, Page>()
  /** `2026-05-04T10:00:00.000Z 10.1.0.7`-like lines of every asking and every answer. */
  readonly asked = new Set<string>()
  readonly seen = new Set<string>()

  constructor(private readonly wallSlot: (slotAt: Date) => number) {}

  enter(slotAt: Date, asked: Iterable<number>, answers: (ip: number) => boolean): void {
    const slot = this.wallSlot(slotAt)
    for (const ip of asked) {
      this.asked.add(line(slotAt, ip))
      if (answers(ip)) {
        this.seen.add(line(slotAt, ip))
        if (!this.pages.has(ip)) this.pages.set(ip, emptyPage(slotAt))
      }
      const page = this.pages.get(ip)
      if (page === undefined || page.firstSeen > slotAt) continue
      page.total[slot]!++
      if (answers(ip)) page.active[slot]!++
    }
  }

  /** As `readPages` reads them from the database. */
  allPages(): Pages {
    return Object.fromEntries([...this.pages].map(([ip, page]) => [formatIp(ip), write(page)]))
  }
}

/** `10.1.0.7` to its first answer, its sums, and of its 288 counters those above zero: `02:05` to `1/2`. */
export type Pages = Record<string, Record<string, string>>

/** Every address with its sums and its 288 counters, as anyone reads them. */
export async function readPages(store: Store, timeZone: string): Promise<Pages> {
  const rows = await store.query<{ ip: number; first_seen: Date; active: number; total: number }>(
    'SELECT ip, first_seen, active, total FROM address JOIN address_state USING (site_id, ip)',
  )
  const pages: Pages = {}
  for (const row of rows) {
    const pair = await readCounters(store, { siteId: 1, ip: row.ip }, row.first_seen, timeZone)
    const page = { firstSeen: row.first_seen, active: [...pair.active], total: [...pair.total] }
    pages[formatIp(row.ip)] = { ...write(page), sums: `${row.active}/${row.total}` }
  }
  return pages
}

/** The open presence bits as the ledger's lines, taken apart without the product's codecs. */
export async function readOpenBits(
  store: Store,
): Promise<{ asked: Set<string>; seen: Set<string> }> {
  const rows = await store.query<Record<string, string | number>>(
    'SELECT block, CAST(day AS CHAR) AS date, slot, seen_0, seen_1, seen_2, seen_3, asked_0, asked_1, asked_2, asked_3 FROM presence_slot',
  )
  const bits = { asked: new Set<string>(), seen: new Set<string>() }
  for (const row of rows) {
    const slotAt = new Date(Date.parse(`${row.date}T00:00:00Z`) + Number(row.slot) * 300_000)
    for (let offset = 0; offset < 256; offset++) {
      const word = Math.floor(offset / 64)
      for (const kind of ['asked', 'seen'] as const) {
        const isSet = BigInt(row[`${kind}_${word}`]!).toString(2).padStart(64, '0')[
          63 - (offset % 64)
        ]
        if (isSet === '1') bits[kind].add(line(slotAt, Number(row.block) * 256 + offset))
      }
    }
  }
  return bits
}

function write(page: Page): Record<string, string> {
  const counted = page.total.flatMap((total, slot) => {
    const time = `${pad(Math.floor(slot / 12))}:${pad((slot % 12) * 5)}`
    return total > 0 || page.active[slot]! > 0 ? [[time, `${page.active[slot]}/${total}`]] : []
  })
  return {
    firstSeen: page.firstSeen.toISOString(),
    sums: `${sum(page.active)}/${sum(page.total)}`,
    ...Object.fromEntries(counted),
  }
}

function line(slotAt: Date, ip: number): string {
  return `${slotAt.toISOString()} ${formatIp(ip)}`
}

function formatIp(ip: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(ip / 2 ** shift) % 256).join('.')
}

function pad(number: number): string {
  return String(number).padStart(2, '0')
}

function emptyPage(firstSeen: Date): Page {
  return { firstSeen, active: Array(288).fill(0), total: Array(288).fill(0) }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
