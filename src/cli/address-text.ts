import { formatIp } from '../core/address/ip.js'
import { formatNetwork, formatRange } from '../core/address/network.js'
import { printable } from '../core/listing/printable.js'
import { DAY_MS, type Day, dayOf, formatDay } from '../core/uptime/slot.js'
import type { AddressFacts } from './address-facts.js'
import {
  type AddressView,
  countDay,
  drawDayOfSite,
  drawLastDays,
  LABEL_WIDTH,
  percentOf,
} from './address-strips.js'
import { explainStrip } from './strip.js'
import { describeSystem } from './system-text.js'

/** What a person reads of one address, ending with a line break. */
export function describeAddress(facts: AddressFacts, view: AddressView): string {
  const strips = [
    ...(hasAnswered(facts) ? [drawDayOfSite(facts, view)] : []),
    ...(wasAsked(facts) ? [drawLastDays(facts, view)] : []),
  ]
  const sections = [
    describeIdentity(facts),
    ...strips,
    ...(strips.length > 0 ? [explainStrip(view.look)] : []),
  ]
  return `${sections.join('\n\n')}\n`
}

function describeIdentity(facts: AddressFacts): string {
  const { ip, site, isOnlySite, address } = facts
  const lines: [string, string | undefined][] = [
    ['address', [formatIp(ip), address?.hostname].filter(Boolean).join('  ')],
    ['site', isOnlySite ? undefined : site.name],
    ['network', describeNetwork(facts)],
    ...facts.exclusions.map((it): [string, string] => [
      'excluded',
      `as ${it.reason} by ${formatRange(it)}${it.notes === '' ? '' : `: ${it.notes}`}`,
    ]),
    ['answered', describeAnswers(facts)],
    ['today', describeToday(facts)],
    ['first seen', address?.firstSeen && formatTime(address.firstSeen)],
    ['last active', describeLastActive(facts)],
    ['reply', describeReply(facts)],
    ...(facts.system === undefined ? [] : describeSystem(facts.system)),
    ['status', address?.status],
    ['owner', address?.owner],
    ['notes', address?.notes],
  ]
  return lines
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([label, value]) => `${label.padEnd(LABEL_WIDTH)}${printable(value ?? '')}`)
    .join('\n')
}

function describeNetwork({ network, address }: AddressFacts): string {
  if (network !== undefined) {
    const name = network.name === '' ? '' : ` (${network.name})`
    return `${formatNetwork(network)}${name}${network.enabled ? '' : ', not swept now'}`
  }
  return address === undefined
    ? 'outside any network: it is not watched'
    : 'outside any network: what is known is kept, and nothing is counted'
}

function describeAnswers(facts: AddressFacts): string {
  const { address, days } = facts
  if (address?.firstSeen !== undefined) {
    const { active, total } = address
    return `${active} of ${total} sweeps${percentOf(active, total)}`
  }
  if (!wasAsked(facts)) return 'never asked'
  const askedDays = [...days].filter(([, day]) => countDay(day).asked > 0)
  const asked = askedDays.reduce((sum, [, day]) => sum + countDay(day).asked, 0)
  const since = Math.min(...askedDays.map(([day]) => day)) as Day
  return `never: asked in ${asked} sweep${asked === 1 ? '' : 's'} since ${formatDay(since)}`
}

function describeToday({ days, now }: AddressFacts): string | undefined {
  const { seen, asked } = countDay(days.get(dayOf(now)))
  return asked === 0 ? undefined : `${seen} of ${asked} sweeps since midnight UTC`
}

function describeLastActive({ address, now }: AddressFacts): string | undefined {
  if (address?.lastActive === undefined) return undefined
  const days = Math.max(0, Math.floor((now.getTime() - address.lastActive.getTime()) / DAY_MS))
  const ago = days === 0 ? '' : `, ${days} day${days === 1 ? '' : 's'} offline`
  return `${formatTime(address.lastActive)}${ago}`
}

function describeReply({ address }: AddressFacts): string | undefined {
  if (address?.rttUs === undefined) return undefined
  const ttl = address.replyTtl === undefined ? '' : `, TTL ${address.replyTtl}`
  return `after ${(address.rttUs / 1_000).toFixed(2)} ms${ttl}`
}

function hasAnswered({ address }: AddressFacts): boolean {
  return address?.firstSeen !== undefined
}

function wasAsked({ days }: AddressFacts): boolean {
  return [...days.values()].some((day) => countDay(day).asked > 0)
}

function formatTime(instant: Date): string {
  return instant
    .toISOString()
    .replace('T', ' ')
    .replace(/:\d\d\.\d+Z$/, ' UTC')
}
