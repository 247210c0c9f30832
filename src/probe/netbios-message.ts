import { cleanLabel } from '../core/names/hostname.js'

const HEADER_BYTES = 12
const TYPE_NBSTAT = 0x21
const CLASS_IN = 1
const RESPONSE = 0x8000
const RCODE = 0x000f
const ENTRY_BYTES = 18
const NAME_BYTES = 15
/** The sixteenth byte of a name says what it is the name of. */
const SUFFIX = { workstation: 0x00, server: 0x20 } as const
const GROUP = 0x8000
/** `*` and fifteen NULs, each half a byte as a letter from A on (RFC 1001, 14.1). */
const ANY_NAME = Buffer.from(`CK${'A'.repeat(30)}`)

/** A node status reply (RFC 1002, 4.2.18), as far as it names the node. */
export interface NodeStatus {
  /** Cleaned; undefined where the node claims no name of its own. */
  readonly name: string | undefined
  readonly group: string | undefined
}

/**
 * ```
 * byte 0    2       4    6    8    10   12                      46     48     50
 *      id   flags   1    0    0    0    32, 32 letters, 0       NBSTAT IN
 * ```
 */
export function encodeStatusQuery(id: number): Buffer {
  const query = Buffer.alloc(HEADER_BYTES + 38)
  query.writeUInt16BE(id, 0)
  query.writeUInt16BE(1, 4)
  query.writeUInt8(ANY_NAME.byteLength, HEADER_BYTES)
  ANY_NAME.copy(query, HEADER_BYTES + 1)
  query.writeUInt16BE(TYPE_NBSTAT, HEADER_BYTES + 34)
  query.writeUInt16BE(CLASS_IN, HEADER_BYTES + 36)
  return query
}

/** Reads a reply; undefined where it is none. */
export function decodeStatusReply(message: Buffer): NodeStatus | undefined {
  try {
    return readStatus(message)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/**
 * ```
 * id  flags  0  1  0  0 | the name asked for | NBSTAT IN TTL length | count | count times:
 *   15 bytes name, 1 byte suffix, 2 bytes flags | statistics
 * ```
 */
function readStatus(message: Buffer): NodeStatus | undefined {
  const flags = message.readUInt16BE(2)
  const isAnswer = (flags & RESPONSE) !== 0 && (flags & RCODE) === 0
  if (!isAnswer || message.readUInt16BE(4) !== 0 || message.readUInt16BE(6) < 1) return undefined
  const at = skipName(message, HEADER_BYTES)
  if (message.readUInt16BE(at) !== TYPE_NBSTAT || message.readUInt16BE(at + 2) !== CLASS_IN) {
    return undefined
  }
  const end = at + 10 + message.readUInt16BE(at + 8)
  const count = message.readUInt8(at + 10)
  const first = at + 11
  if (end > message.byteLength || first + count * ENTRY_BYTES > end) return undefined
  const entries = Array.from({ length: count }, (_, index) =>
    readEntry(message, first + index * ENTRY_BYTES),
  )
  const own = (suffix: number) =>
    entries.find((entry) => entry.suffix === suffix && !entry.isGroup)?.name
  return {
    name: own(SUFFIX.workstation) ?? own(SUFFIX.server),
    group: entries.find((entry) => entry.suffix === SUFFIX.workstation && entry.isGroup)?.name,
  }
}

function readEntry(message: Buffer, at: number) {
  let end = at + NAME_BYTES
  // Names are filled up with spaces, by some with NULs.
  while (end > at && (message[end - 1] === 0x20 || message[end - 1] === 0)) end--
  const name = cleanLabel(message.subarray(at, end))
  return {
    name: name === '' ? undefined : name,
    suffix: message.readUInt8(at + NAME_BYTES),
    isGroup: (message.readUInt16BE(at + NAME_BYTES + 1) & GROUP) !== 0,
  }
}

/** To what follows a name: labels up to an empty one, or a pointer. */
function skipName(message: Buffer, from: number): number {
  for (let at = from; ; ) {
    const length = message.readUInt8(at)
    if (length === 0) return at + 1
    if (length >= 0xc0) return at + 2
    at += 1 + length
  }
}
