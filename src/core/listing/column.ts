export type Cell = string | number | boolean | Date | undefined

/** One column of a list; its name is the table's. */
export interface Column<T> {
  readonly name: string
  readonly value: (row: T) => Cell
  /** What to sort by where it is not the value: an address sorts as a number. */
  readonly order?: (row: T) => Cell
}

/** A cell as data: times in ISO 8601 UTC, nothing for what is absent. */
export function textOf(cell: Cell): string {
  if (cell === undefined) return ''
  return cell instanceof Date ? cell.toISOString().replace('.000Z', 'Z') : String(cell)
}
