/** An IPv4 address as an unsigned 32-bit number, first octet highest. */
export type Ip = number & { readonly __ip: unique symbol }

/** What a parser answers: the value, or one sentence that names the input and the mend. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: string }

export const LAST_IP = 0xffffffff as Ip

const OCTET = /^(0|[1-9][0-9]{0,2})$/

/** Takes dotted quads of plain decimal octets only: `010.0.0.1` and `10.1` mean different things to different tools. */
export function parseIp(text: string): Parsed<Ip> {
  const octets = text.split('.')
  const isPlain = octets.length === 4 && octets.every((o) => OCTET.test(o) && Number(o) <= 255)
  return isPlain
    ? { ok: true, value: octets.reduce((ip, octet) => ip * 256 + Number(octet), 0) as Ip }
    : { ok: false, error: `"${text}" is not an IPv4 address: ${mendIp(octets)}` }
}

/** `3221225985` to `192.0.2.1`. */
export function formatIp(ip: number): string {
  return `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`
}

/** A whole number from 0 to 2^32 - 1 as an address; anything else is a mistake of the program. */
export function toIp(value: number): Ip {
  if (!Number.isInteger(value) || value < 0 || value > LAST_IP) {
    throw new RangeError(`core: ${value} is not an IPv4 address`)
  }
  return value as Ip
}

function mendIp(octets: readonly string[]): string {
  const hasLeadingZero = octets.some((octet) => /^0[0-9]/.test(octet))
  return hasLeadingZero
    ? 'write octets without leading zeros, such as 10.0.0.1'
    : 'write four numbers from 0 to 255 with dots between them, such as 192.0.2.10'
}
