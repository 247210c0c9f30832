import { formatNetwork } from '../core/address/network.js'
import type { Network } from '../store/networks.js'
import { type Fields, linkTo, readChoice, readNumber } from './input.js'
import { type SiteChoice, siteParam } from './sites.js'

export const PAGE_SIZES = [50, 100, 250] as const
const STANDARD_PAGE_SIZE = 100
const LAST_PAGE = 1_000_000

/** The columns by which the table can be sorted, and which way each begins. */
export const COLUMNS = [
  { key: 'ip', title: 'IP', descendsFirst: false },
  { key: 'hostname', title: 'Hostname', descendsFirst: false },
  { key: 'percent_active', title: 'Uptime', descendsFirst: true },
  { key: 'active', title: 'Answered', descendsFirst: true },
  { key: 'last_active', title: 'Last active', descendsFirst: true },
  { key: 'days_offline', title: 'Days offline', descendsFirst: true },
  { key: 'first_seen', title: 'First seen', descendsFirst: true },
  { key: 'os', title: 'System', descendsFirst: false },
] as const
/** There is room for one of them. */
export const LAST_COLUMNS = ['first_seen', 'os'] as const
export type ColumnKey = (typeof COLUMNS)[number]['key']

/** What the address bar says of the table: every choice is in it, so that a link shows the same. */
export interface AddressView {
  readonly match: string
  readonly network: number | 'none' | undefined
  readonly sort: { readonly column: ColumnKey; readonly descending: boolean }
  readonly last: (typeof LAST_COLUMNS)[number]
  readonly page: number
  readonly size: number
}

export function readView(query: Fields): AddressView {
  const [, minus, key] = /^(-?)([a-z_]+)$/.exec(query.sort ?? '') ?? []
  const column = COLUMNS.find((known) => known.key === key)
  const size = Number(query.size)
  const network = readNumber(query.network, { min: 0, max: 2 ** 32 - 1, otherwise: 0 })
  return {
    match: query.match ?? '',
    network: query.network === 'none' ? 'none' : network === 0 ? undefined : network,
    sort: { column: column?.key ?? 'ip', descending: column !== undefined && minus === '-' },
    last: readChoice(query.last, LAST_COLUMNS),
    page: readNumber(query.page, { min: 1, max: LAST_PAGE, otherwise: 1 }),
    size: PAGE_SIZES.find((known) => known === size) ?? STANDARD_PAGE_SIZE,
  }
}

export type Link = (changes: Readonly<Record<string, string | number | undefined>>) => string

/** Links to the same view but for some changes; a change of anything but the page leads to the first. */
export function linker(choice: SiteChoice, view: AddressView): Link {
  return (changes) =>
    linkTo('/addresses', {
      site: choice.chosen?.name,
      network: view.network,
      match: view.match,
      sort: sortParam(view),
      last: lastParam(view),
      size: view.size === STANDARD_PAGE_SIZE ? undefined : view.size,
      ...changes,
    })
}

/** `-last_active`; nothing for the order that the table has anyway. */
export function sortParam({ sort }: AddressView): string | undefined {
  if (sort.column === 'ip' && !sort.descending) return undefined
  return `${sort.descending ? '-' : ''}${sort.column}`
}

/** `os`; nothing for the column that the table has anyway. */
export function lastParam({ last }: AddressView): string | undefined {
  return last === LAST_COLUMNS[0] ? undefined : last
}

/** Each column's heading: a click sorts by it, a second one turns it round. */
export function describeHeaders(view: AddressView, link: Link) {
  const shown = COLUMNS.filter(
    ({ key }) => key === view.last || !LAST_COLUMNS.some((last) => last === key),
  )
  return shown.map(({ key, title, descendsFirst }) => {
    const isSorted = view.sort.column === key
    const descends = isSorted ? !view.sort.descending : descendsFirst
    return {
      key,
      title,
      order: isSorted ? (view.sort.descending ? 'descending' : 'ascending') : undefined,
      href: link({ sort: key === 'ip' && !descends ? undefined : `${descends ? '-' : ''}${key}` }),
    }
  })
}

/** Every filter in force, each with the link that takes it away. */
export function describeChips(
  view: AddressView,
  choice: SiteChoice,
  networks: readonly Network[],
  link: Link,
): { text: string; href: string }[] {
  const chips = [
    choice.chosen && { text: `site ${choice.chosen.name}`, href: link({ site: undefined }) },
    view.network !== undefined && {
      text: describeNetwork(view.network, networks),
      href: link({ network: undefined }),
    },
    view.match !== '' && { text: `matches ${view.match}`, href: link({ match: undefined }) },
  ]
  return chips.filter((chip) => typeof chip === 'object')
}

/** The choices of the network filter. */
export function describeNetworks(networks: readonly Network[], choice: SiteChoice) {
  return networks
    .filter(({ siteId }) => choice.chosen === undefined || siteId === choice.chosen.id)
    .map((network) => ({
      id: network.id,
      text: [siteParam(choice, network.siteId), formatNetwork(network), network.name]
        .filter(Boolean)
        .join(' '),
    }))
}

function describeNetwork(id: number | 'none', networks: readonly Network[]): string {
  if (id === 'none') return 'outside any network'
  const network = networks.find((known) => known.id === id)
  return network === undefined ? 'in a network that is gone' : `in ${formatNetwork(network)}`
}
