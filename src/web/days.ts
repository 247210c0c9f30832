import type { AddressKey } from '../store/counters.js'
import type { Network } from '../store/networks.js'
import { cellsOf, clockAt, joinCells, type Run } from './strip.js'
import type { Web } from './web.js'

const STRIP_CELLS = 48

export interface DayStrip {
  /** Empty where the address never answered. */
  readonly strip: readonly Run[]
  readonly cells: number
}

/** The days of a table's rows, in half hours or the interval of their networks, by `keyOf`. */
export async function drawDays(
  web: Web,
  rows: readonly (AddressKey & { readonly networkId: number | undefined })[],
  networks: readonly Network[],
): Promise<Map<string, DayStrip>> {
  const pairs = await web.catalog.strips(rows)
  const intervals = new Map(networks.map(({ id, sweepMinutes }) => [id, sweepMinutes]))
  return new Map(
    rows.map((row) => {
      const pair = pairs.get(keyOf(row))
      const cells = Math.min(STRIP_CELLS, 1_440 / (intervals.get(row.networkId ?? 0) ?? 5))
      const strip = pair === undefined ? [] : joinCells(cellsOf(pair, cells), clockAt(cells))
      return [keyOf(row), { strip, cells }]
    }),
  )
}

export function keyOf({ siteId, ip }: AddressKey): string {
  return `${siteId}/${ip}`
}
