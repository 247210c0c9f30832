import type { Ip } from '../core/address/ip.js'
import { formatMac, isLocallyAdministered, LOCAL_VENDOR } from '../core/address/mac.js'
import { CHANGE_FIELDS } from '../store/address-changes.js'
import type { Address } from '../store/addresses.js'
import { readHistory } from '../store/change-list.js'
import type { AddressKey } from '../store/counters.js'
import { listMarksOf } from '../store/fragile-marks.js'
import { readNameState } from '../store/name-state.js'
import { readSystem, type System } from '../store/systems.js'
import { SOURCE_WORDS } from './sources.js'
import { drawTimeLine } from './time-line.js'
import type { Web } from './web.js'

const CHANGES_AT_MOST = 200

/** What the asking for a system came to, in words. */
const ASKING_WORDS: Readonly<Record<System['state'], string>> = {
  waiting: 'it did not answer',
  known: 'recognised',
  'could-not-tell': 'nmap could not tell',
  failed: 'the asking failed',
}

/** Who an address says it is, who told, what it runs, and how all that changed. */
export async function readIdentity(
  { store }: Web,
  key: AddressKey & { readonly ip: Ip },
  address: Address | undefined,
  now: Date,
) {
  const [naming, system, ...changes] = await Promise.all([
    readNameState(store, key),
    readSystem(store, key),
    ...CHANGE_FIELDS.map((field) => readHistory(store, key, field, CHANGES_AT_MOST)),
  ])
  const { mac } = address ?? {}
  const current = {
    hostname: address?.hostname,
    os: address?.os,
    mac: mac === undefined ? undefined : formatMac(mac),
  }
  const histories = CHANGE_FIELDS.map((field, index) => ({
    field,
    current: current[field],
    changes: changes[index]!,
  }))
  return {
    mac: current.mac,
    vendor: system?.vendor === LOCAL_VENDOR ? undefined : system?.vendor,
    isLocalMac: mac !== undefined && isLocallyAdministered(mac),
    nameSource: naming?.source && SOURCE_WORDS[naming.source],
    nameCheck: naming?.check,
    system,
    asking: system?.askedAt && ASKING_WORDS[system.state],
    marks: system === undefined ? [] : await listMarksOf(store, key, system),
    timeLine: drawTimeLine(histories, address?.firstSeen, now),
  }
}
