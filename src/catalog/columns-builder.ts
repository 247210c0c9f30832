import type { AddressRow } from '../store/address-rows.js'
import {
  ALL_COLUMNS,
  type ColumnKey,
  type Columns,
  MAC_HALF,
  MISSING,
  type TextColumn,
} from './columns.js'
import { type Place, Texts } from './texts.js'

const GROWTH = 1.25
const LEAST_ROWS = 1_024

/** Puts columns together from rows and from stretches of other columns, given in rising order. */
export class ColumnsBuilder {
  #columns: Record<ColumnKey, Uint32Array>
  #capacity: number
  #size = 0

  constructor(
    expected: number,
    private readonly texts: Texts = new Texts(),
  ) {
    this.#capacity = Math.max(expected, LEAST_ROWS)
    this.#columns = mapColumns(() => new Uint32Array(this.#capacity))
  }

  /** Adds a row; texts that it shares with `before`, a row of the same texts, are not stored again. */
  add(row: AddressRow, before?: { readonly columns: Columns; readonly row: number }): void {
    this.#makeRoom(1)
    const at = this.#size++
    const columns = this.#columns
    const text = (column: TextColumn, value: string | null): Place => {
      const known = before?.columns[column][before.row]
      if (known !== undefined && this.texts.read(known) === (value ?? '')) return known
      return column === 'hostname' ? this.texts.add(value ?? '') : this.texts.addShared(value ?? '')
    }
    columns.siteId[at] = row.siteId
    columns.ip[at] = row.ip
    columns.hostname[at] = text('hostname', row.hostname)
    columns.os[at] = text('os', row.os)
    columns.status[at] = text('status', row.status)
    columns.owner[at] = text('owner', row.owner)
    columns.notes[at] = text('notes', row.notes)
    columns.macHigh[at] = row.mac === null ? MISSING : Math.floor(row.mac / MAC_HALF)
    columns.macLow[at] = row.mac === null ? 0 : row.mac % MAC_HALF
    columns.firstSeen[at] = row.firstSeen ?? MISSING
    columns.active[at] = row.active ?? 0
    columns.total[at] = row.total ?? 0
    columns.lastActive[at] = row.lastActive ?? MISSING
    columns.rttUs[at] = row.rttUs ?? MISSING
    columns.replyTtl[at] = row.replyTtl ?? MISSING
  }

  /** Adds rows of columns that have the same texts. */
  copy(from: Columns, start: number, end: number): void {
    if (start === end) return
    this.#makeRoom(end - start)
    for (const key of ALL_COLUMNS) {
      this.#columns[key].set(from[key].subarray(start, end), this.#size)
    }
    this.#size += end - start
  }

  finish(): Columns {
    const isExact = this.#size === this.#capacity
    const columns = mapColumns((key) =>
      isExact ? this.#columns[key] : this.#columns[key].slice(0, this.#size),
    )
    return { ...columns, size: this.#size, texts: this.texts }
  }

  #makeRoom(rows: number): void {
    if (this.#size + rows <= this.#capacity) return
    this.#capacity = Math.max(this.#size + rows, Math.ceil(this.#capacity * GROWTH))
    this.#columns = mapColumns((key) => {
      const grown = new Uint32Array(this.#capacity)
      grown.set(this.#columns[key])
      return grown
    })
  }
}

function mapColumns(make: (key: ColumnKey) => Uint32Array): Record<ColumnKey, Uint32Array> {
  const entries = ALL_COLUMNS.map((key) => [key, make(key)] as const)
  return Object.fromEntries(entries) as Record<ColumnKey, Uint32Array>
}
