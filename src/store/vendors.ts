import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { VendorTable } from '../core/address/mac.js'

/** `address.vendor` holds as many. */
const VENDOR_CHARACTERS = 128

/**
 * The IEEE's list of who makes interfaces, of `oui-data`: 54,000 rows, of which only the names are
 * kept. It is read anew at each call, in 0.1 s and 50 MB: nothing holds its megabytes between two uses.
 */
export async function readVendors(): Promise<VendorTable> {
  const file = createRequire(import.meta.url).resolve('oui-data')
  const rows = JSON.parse(await readFile(file, 'utf8')) as Record<string, string>
  return new Map(
    Object.entries(rows).map(([prefix, lines]) => [prefix.toLowerCase(), nameOf(lines)]),
  )
}

/** The first line names, the rest is an address. */
function nameOf(lines: string): string {
  const [name = ''] = lines.split('\n', 1)
  return name
    .replace(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, VENDOR_CHARACTERS)
}
