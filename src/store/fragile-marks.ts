import type { Ip } from '../core/address/ip.js'
import { contains, formatRange } from '../core/address/network.js'
import type { AddressKey } from './counters.js'
import { listFragileRanges, listFragileVendors } from './fragile.js'
import type { Db } from './pool.js'
import type { System } from './systems.js'

/** What keeps an address from being asked for its operating system. */
export interface FragileMark {
  /** `its own mark`, a range, or `the vendor "Axis"`. */
  readonly by: string
  readonly notes: string
}

/** Every mark that an address falls under: its own, of ranges it lies in, of its vendor. */
export async function listMarksOf(
  db: Db,
  { siteId, ip }: AddressKey & { readonly ip: Ip },
  { isFragile, vendor }: Pick<System, 'isFragile' | 'vendor'>,
): Promise<FragileMark[]> {
  const [ranges, vendors] = await Promise.all([
    listFragileRanges(db, siteId),
    listFragileVendors(db),
  ])
  const made = vendor?.toLowerCase() ?? ''
  return [
    ...(isFragile ? [{ by: 'its own mark', notes: '' }] : []),
    ...ranges
      .filter((range) => contains(range, ip))
      .map((range) => ({ by: formatRange(range), notes: range.notes })),
    ...vendors
      .filter((mark) => made.includes(mark.vendor.toLowerCase()))
      .map((mark) => ({ by: `the vendor "${mark.vendor}"`, notes: mark.notes })),
  ]
}
