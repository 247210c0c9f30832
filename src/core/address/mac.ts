import { cite } from './cite.js'
import type { Parsed } from './ip.js'

/** Vendors by the hexadecimal digits that their MACs begin with: 6, 7 or 9 of them (IEEE MA-L, MA-M, MA-S). */
export type VendorTable = ReadonlyMap<string, string>

/** What stands for the vendor of a MAC that nobody assigned, such as a phone's random one. */
export const LOCAL_VENDOR = 'locally administered'

const DIGITS = 12
/** Longest first: a large block may be shared out among many vendors. */
const PREFIX_DIGITS = [9, 7, 6]
const LOCAL_BIT = 2n ** 41n
const SPELLING = /^([0-9a-f]{2}[:-]?){5}[0-9a-f]{2}$/i

/** 48 bits as `02:00:0a:ff:00:09`. */
export function formatMac(mac: number): string {
  return digitsOf(mac).replace(/(..)(?!$)/g, '$1:')
}

export function parseMac(text: string): Parsed<number> {
  const input = text.trim()
  return SPELLING.test(input)
    ? { ok: true, value: Number.parseInt(input.replace(/[:-]/g, ''), 16) }
    : { ok: false, error: `${cite(text)} is not a MAC: write it as 02:00:0a:ff:00:09` }
}

/** Chosen by software instead of a vendor (the second bit of the first octet): random, or a virtual machine's. */
export function isLocallyAdministered(mac: number): boolean {
  return (BigInt(mac) & LOCAL_BIT) !== 0n
}

/**
 * Who made the interface; LOCAL_VENDOR where nobody did, undefined where nobody knows. The table goes
 * first: some vendors were given blocks with the local bit before it meant that.
 */
export function vendorOf(mac: number, table: VendorTable): string | undefined {
  const digits = digitsOf(mac)
  const found = PREFIX_DIGITS.map((length) => table.get(digits.slice(0, length))).find(Boolean)
  return found ?? (isLocallyAdministered(mac) ? LOCAL_VENDOR : undefined)
}

function digitsOf(mac: number): string {
  return mac.toString(16).padStart(DIGITS, '0')
}
