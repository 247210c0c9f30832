import type { VendorTable } from '../core/address/mac.js'
import { readVendors } from '../store/vendors.js'

let reading: Promise<VendorTable> | undefined

/** Who makes interfaces: read at its first use and kept, as reading it anew would stop other pages. */
export function vendorTable(): Promise<VendorTable> {
  reading ??= readVendors()
  return reading
}
