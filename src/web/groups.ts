import { formatIp } from '../core/address/ip.js'
import { formatMac } from '../core/address/mac.js'
import { contains } from '../core/address/network.js'
import { currentOf } from '../core/names/duplicate.js'
import type { IsGeneric } from '../core/names/hostname.js'
import { type DuplicateGroup, type FoundGroup, judgeDuplicates } from '../store/duplicates.js'
import type { ExpectedDuplicate } from '../store/expected-duplicates.js'
import type { Network } from '../store/networks.js'
import type { Db } from '../store/pool.js'
import { drawDays, keyOf } from './days.js'
import { linkTo } from './input.js'
import { type SiteChoice, siteParam } from './sites.js'
import type { Web } from './web.js'

const FOUND_AT_ONCE = 50
const FOUND_AT_MOST = 2_000
const MEMBERS_SHOWN = 20

/** Judges groups from a place on, until there are enough of them to show. */
export async function judgeFrom(
  db: Db,
  found: readonly FoundGroup[],
  from: number,
  atMost: number,
  isGeneric: IsGeneric | undefined,
): Promise<{ groups: DuplicateGroup[]; next: number | undefined }> {
  const groups: DuplicateGroup[] = []
  let at = from
  const end = Math.min(found.length, from + FOUND_AT_MOST)
  while (at < end && groups.length < atMost) {
    const some = found.slice(
      at,
      Math.min(end, at + Math.min(FOUND_AT_ONCE, atMost - groups.length)),
    )
    groups.push(...(await judgeDuplicates(db, some, isGeneric)))
    at += some.length
  }
  return { groups, next: at < found.length ? at : undefined }
}

export interface GroupContext {
  readonly choice: SiteChoice
  readonly networks: readonly Network[]
  readonly expected: readonly ExpectedDuplicate[]
}

/** Groups with what proves their kind, and their addresses with their days. */
export async function describeGroups(
  web: Web,
  groups: readonly DuplicateGroup[],
  { choice, networks, expected }: GroupContext,
) {
  const shown = groups.flatMap(({ siteId, holders }) =>
    holders.slice(0, MEMBERS_SHOWN).map(({ ip }) => {
      const network = networks.find((it) => it.siteId === siteId && contains(it, ip))
      return { siteId, ip, networkId: network?.id }
    }),
  )
  const days = web.catalog.isReady ? await drawDays(web, shown, networks) : undefined
  return groups.map((group) => {
    const { siteId, name, holders } = group
    const site = siteParam(choice, siteId)
    const current = currentOf(holders)
    return {
      ...group,
      site,
      siteName: choice.sites.find(({ id }) => id === siteId)?.name,
      newest: new Date(Math.max(...holders.map(({ since }) => since.getTime()))),
      expectation: expected.find((it) => it.siteId === siteId && it.name === name),
      currentIp: current && formatIp(current.ip),
      hidden: Math.max(0, holders.length - MEMBERS_SHOWN),
      members: holders.slice(0, MEMBERS_SHOWN).map((holder) => {
        const ip = formatIp(holder.ip)
        return {
          ...{ ...holder, ip, href: linkTo(`/addresses/${ip}`, { site }) },
          mac: holder.mac === undefined ? undefined : formatMac(holder.mac),
          isLeft: group.kind === 'moved' && holder !== current,
          day: days?.get(keyOf({ siteId, ip: holder.ip })),
        }
      }),
    }
  })
}
