import { cite } from '../address/cite.js'
import { type Ip, type Parsed, parseIp } from '../address/ip.js'
import {
  contains,
  formatNetwork,
  isNetworkOrBroadcast,
  type NetworkRange,
  parseNetwork,
} from '../address/network.js'
import { parseSweepMinutes } from './schedule.js'

/** The fields of a network as a person writes them, named as the table's columns are. */
export const DRAFT_FIELDS = [
  'network',
  'name',
  'tag',
  'vlan',
  'notes',
  'sweep_minutes',
  'packets_per_second',
  'gateway',
  'enabled',
] as const
export type DraftField = (typeof DRAFT_FIELDS)[number]
export type DraftFields = { readonly [F in DraftField]?: string | undefined }

/** A network that is to be saved. */
export interface NetworkDraft {
  readonly range: NetworkRange
  readonly name: string
  readonly tag: string
  readonly vlan: number | undefined
  readonly notes: string
  readonly sweepMinutes: number
  /** Absent: the setting's. */
  readonly packetsPerSecond: number | undefined
  readonly gateway: Ip | undefined
  readonly enabled: boolean
}

/** One field's mistake, to be shown beside it. */
export interface FieldMistake {
  readonly field: DraftField
  readonly error: string
}

export type Drafted =
  | { readonly ok: true; readonly value: NetworkDraft }
  | { readonly ok: false; readonly mistakes: readonly FieldMistake[] }

const DEFAULT_SWEEP_MINUTES = 5
const NAME_CHARACTERS = 128
const TAG_CHARACTERS = 64
const NOTES_CHARACTERS = 2_000
/** 0 and 4095 are reserved (IEEE 802.1Q). */
const LAST_VLAN = 4_094
const MOST_PACKETS_PER_SECOND = 1_000_000

/**
 * Reads every field and names every mistake. A field that is absent keeps the value of `kept`, the
 * network as it is saved, or takes the default; `none` or nothing clears a VLAN or a gateway.
 */
export function draftNetwork(fields: DraftFields, kept?: NetworkDraft): Drafted {
  const mistakes: FieldMistake[] = []
  const read = <T>(field: DraftField, parse: (text: string) => Parsed<T>, otherwise: T): T => {
    const text = fields[field]
    if (text === undefined) return otherwise
    const parsed = parse(text)
    if (parsed.ok) return parsed.value
    mistakes.push({ field, error: parsed.error })
    return otherwise
  }
  const draft = {
    range: read<NetworkRange | undefined>('network', parseNetwork, kept?.range),
    name: read('name', (text) => parseLine(text, NAME_CHARACTERS, 'name'), kept?.name ?? ''),
    tag: read('tag', (text) => parseLine(text, TAG_CHARACTERS, 'tag'), kept?.tag ?? ''),
    vlan: read('vlan', parseVlan, kept?.vlan),
    notes: read('notes', parseNotes, kept?.notes ?? ''),
    sweepMinutes: read<number>(
      'sweep_minutes',
      parseSweepMinutes,
      kept?.sweepMinutes ?? DEFAULT_SWEEP_MINUTES,
    ),
    packetsPerSecond: read('packets_per_second', parseRate, kept?.packetsPerSecond),
    gateway: read('gateway', parseGateway, kept?.gateway),
    enabled: read('enabled', parseEnabled, kept?.enabled ?? true),
  }
  const { range } = draft
  if (range === undefined) {
    const isNamed = mistakes.some((mistake) => mistake.field === 'network')
    if (!isNamed) mistakes.push({ field: 'network', error: 'a network is missing' })
    return { ok: false, mistakes }
  }
  if (draft.gateway !== undefined && !canBeGateway(range, draft.gateway)) {
    const error = `the gateway is no host's address in ${formatNetwork(range)}: give one that is, or "none"`
    mistakes.push({ field: 'gateway', error })
  }
  return mistakes.length > 0 ? { ok: false, mistakes } : { ok: true, value: { ...draft, range } }
}

function canBeGateway(range: NetworkRange, gateway: Ip): boolean {
  return contains(range, gateway) && !isNetworkOrBroadcast(range, gateway)
}

function parseLine(text: string, longest: number, what: string): Parsed<string> {
  const line = text.trim()
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(line)) {
    return { ok: false, error: `the ${what} ${cite(line)} has control characters: leave them out` }
  }
  return line.length > longest
    ? { ok: false, error: `the ${what} ${cite(line)} has over ${longest} characters: shorten it` }
    : { ok: true, value: line }
}

/** Free text of several lines, of a network or an exclusion. */
export function parseNotes(text: string): Parsed<string> {
  return text.length > NOTES_CHARACTERS
    ? { ok: false, error: `the notes have over ${NOTES_CHARACTERS} characters: shorten them` }
    : { ok: true, value: text.trim() }
}

function parseVlan(text: string): Parsed<number | undefined> {
  if (isNothing(text)) return { ok: true, value: undefined }
  const vlan = wholeNumber(text)
  return vlan !== undefined && vlan >= 1 && vlan <= LAST_VLAN
    ? { ok: true, value: vlan }
    : { ok: false, error: `${cite(text)} is no VLAN: give a number from 1 to ${LAST_VLAN}` }
}

function parseRate(text: string): Parsed<number | undefined> {
  if (text.trim() === '') return { ok: true, value: undefined }
  const rate = wholeNumber(text)
  if (rate === 0) {
    return {
      ok: false,
      error: 'a rate of 0 packets per second sweeps nothing: give at least 1, or disable it',
    }
  }
  return rate !== undefined && rate <= MOST_PACKETS_PER_SECOND
    ? { ok: true, value: rate }
    : {
        ok: false,
        error: `${cite(text)} is no rate: give whole packets per second from 1 to ${MOST_PACKETS_PER_SECOND}`,
      }
}

function parseGateway(text: string): Parsed<Ip | undefined> {
  return isNothing(text) ? { ok: true, value: undefined } : parseIp(text.trim())
}

function parseEnabled(text: string): Parsed<boolean> {
  const answer = text.trim().toLowerCase()
  if (['', 'true', 'yes', '1'].includes(answer)) return { ok: true, value: true }
  return ['false', 'no', '0'].includes(answer)
    ? { ok: true, value: false }
    : { ok: false, error: `${cite(text)} is neither true nor false` }
}

function wholeNumber(text: string): number | undefined {
  const digits = text.trim()
  return /^[0-9]{1,9}$/.test(digits) ? Number(digits) : undefined
}

function isNothing(text: string): boolean {
  return ['', 'none'].includes(text.trim().toLowerCase())
}
