import dnsPacket from 'dns-packet'
import { formatIp, type Ip } from '../core/address/ip.js'
import { cleanLabels, foldName } from '../core/names/hostname.js'

/** What fits through every link without fragments (DNS flag day 2020). */
const UDP_PAYLOAD_BYTES = 1_232
const TYPE = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12 } as const
const CLASS_IN = 1
const LABELS_AT_MOST = 128
const POINTERS_AT_MOST = 64
const RECORDS_AT_MOST = 1_024

export type QuestionType = 'PTR' | 'A'

export interface Question {
  readonly type: QuestionType
  readonly name: string
}

/** One resource record; `name` is cleaned and folded. */
export interface Record {
  readonly name: string
  readonly type: number
  readonly ttl: number
  /** A name of a PTR or CNAME (cleaned), or an address of an A record as text. */
  readonly data: string
}

export interface Reply {
  readonly rcode: string
  readonly isTruncated: boolean
  readonly answers: readonly Record[]
  /** How long "no such name" holds, where an SOA record says so (RFC 2308). */
  readonly negativeTtl: number | undefined
  /** It names other servers instead of answering. */
  readonly isReferral: boolean
}

/** `1.2.0.192.in-addr.arpa` for 192.0.2.1. */
export function reverseName(ip: Ip): string {
  return `${formatIp(ip).split('.').reverse().join('.')}.in-addr.arpa`
}

export function encodeQuery(id: number, { type, name }: Question, withEdns: boolean): Buffer {
  return dnsPacket.encode({
    type: 'query',
    id,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ type, name }],
    ...(withEdns
      ? { additionals: [{ type: 'OPT', name: '.', udpPayloadSize: UDP_PAYLOAD_BYTES }] }
      : {}),
  })
}

/** Reads a reply to a question; undefined where it is none, or is about something else. */
export function decodeReply(message: Buffer, question: Question): Reply | undefined {
  try {
    return readReply(message, question)
  } catch {
    // Whatever cannot be read is no reply; dns-packet and Buffer both throw.
    return undefined
  }
}

/**
 * dns-packet reads the header and the question. The records' names are read here as bytes: it would
 * turn them into UTF-8, and a dot inside a label into one between labels.
 */
function readReply(message: Buffer, question: Question): Reply | undefined {
  const isShort = (message.readUInt16BE(2) & 0x0200) !== 0
  const head = isShort ? readHead(message) : dnsPacket.decode(message)
  if (head.type !== 'response' || head.questions.length !== 1) return undefined
  const asked = head.questions[0]
  if (asked?.type !== question.type || foldName(asked.name) !== foldName(question.name)) {
    return undefined
  }
  if (isShort) {
    return {
      rcode: head.rcode,
      isTruncated: true,
      answers: [],
      negativeTtl: undefined,
      isReferral: false,
    }
  }
  const cursor = { at: 12 }
  readLabels(message, cursor)
  cursor.at += 4
  const answers = readRecords(message, cursor, message.readUInt16BE(6))
  const authorities = readRecords(message, cursor, message.readUInt16BE(8))
  const soa = authorities.find(({ type }) => type === TYPE.SOA)
  return {
    rcode: head.rcode,
    isTruncated: false,
    answers,
    negativeTtl: soa && Math.min(soa.ttl, Number(soa.data)),
    isReferral:
      answers.length === 0 && soa === undefined && authorities.some(({ type }) => type === TYPE.NS),
  }
}

/** A truncated message may end in the middle of a record: only its head and question are read. */
function readHead(message: Buffer): ReturnType<typeof dnsPacket.decode> {
  const cursor = { at: 12 }
  readLabels(message, cursor)
  const head = Buffer.from(message.subarray(0, cursor.at + 4))
  head.fill(0, 6, 12)
  return dnsPacket.decode(head)
}

/** The names that a PTR question ends in, over CNAMEs (RFC 2317); undefined where they run in a circle. */
export function followNames(
  reply: Reply,
  name: string,
): { names: string[]; ttl: number } | undefined {
  return follow(reply, name, TYPE.PTR)
}

/** The addresses that an A question ends in. */
export function followAddresses(
  reply: Reply,
  name: string,
): { names: string[]; ttl: number } | undefined {
  return follow(reply, name, TYPE.A)
}

function follow(
  { answers }: Reply,
  name: string,
  type: number,
): { names: string[]; ttl: number } | undefined {
  const passed = new Set<string>()
  let owner = foldName(name)
  let ttl = Number.POSITIVE_INFINITY
  for (;;) {
    if (passed.has(owner)) return undefined
    passed.add(owner)
    const found = answers.filter((record) => record.type === type && record.name === owner)
    if (found.length > 0) {
      ttl = Math.min(ttl, ...found.map((record) => record.ttl))
      return { names: found.map(({ data }) => data), ttl }
    }
    const alias = answers.find((record) => record.type === TYPE.CNAME && record.name === owner)
    if (alias === undefined) return { names: [], ttl: Number.isFinite(ttl) ? ttl : 0 }
    ttl = Math.min(ttl, alias.ttl)
    owner = foldName(alias.data)
  }
}

interface Cursor {
  at: number
}

function readRecords(message: Buffer, cursor: Cursor, count: number): Record[] {
  if (count > RECORDS_AT_MOST) throw new RangeError('too many records')
  return Array.from({ length: count }, () => readRecord(message, cursor))
}

function readRecord(message: Buffer, cursor: Cursor): Record {
  const name = foldName(cleanLabels(readLabels(message, cursor)))
  const type = message.readUInt16BE(cursor.at)
  const isIn = message.readUInt16BE(cursor.at + 2) === CLASS_IN
  const ttl = message.readUInt32BE(cursor.at + 4)
  const end = cursor.at + 10 + message.readUInt16BE(cursor.at + 8)
  if (end > message.byteLength) throw new RangeError('a record runs over the end')
  const data = isIn ? readData(message, type, { at: cursor.at + 10 }, end) : ''
  cursor.at = end
  // A TTL with the highest bit set counts as 0 (RFC 2181, 8).
  return { name, type: isIn ? type : 0, ttl: ttl > 0x7fffffff ? 0 : ttl, data }
}

function readData(message: Buffer, type: number, cursor: Cursor, end: number): string {
  if (type === TYPE.A && end - cursor.at === 4) return formatIp(message.readUInt32BE(cursor.at))
  if (type === TYPE.SOA) return String(message.readUInt32BE(end - 4))
  if (type !== TYPE.PTR && type !== TYPE.CNAME) return ''
  const labels = readLabels(message, cursor)
  if (cursor.at !== end) throw new RangeError('a name does not fill its record')
  return cleanLabels(labels)
}

/** The labels at the cursor as bytes; a pointer leads back only, so that no name runs in a circle. */
function readLabels(message: Buffer, cursor: Cursor): Uint8Array[] {
  const labels: Uint8Array[] = []
  let at = cursor.at
  let end: number | undefined
  for (let steps = 0; steps < LABELS_AT_MOST + POINTERS_AT_MOST; steps++) {
    const length = message.readUInt8(at)
    if (length === 0) {
      cursor.at = end ?? at + 1
      return labels
    }
    if (length >= 0xc0) {
      const target = message.readUInt16BE(at) & 0x3fff
      if (target >= at) throw new RangeError('a pointer leads forward')
      end ??= at + 2
      at = target
    } else {
      if (length > 63 || at + 1 + length > message.byteLength) throw new RangeError('a bad label')
      labels.push(message.subarray(at + 1, at + 1 + length))
      at += 1 + length
    }
  }
  throw new RangeError('a name without an end')
}
