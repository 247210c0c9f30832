import { parsePattern } from '../catalog/pattern.js'
import { parseSince, parseUntil } from '../core/uptime/instant.js'
import { CHANGE_FIELDS, type ChangeField } from '../store/address-changes.js'
import type { ChangeFilter, ChangePlace } from '../store/change-list.js'
import { type Fields, linkTo } from './input.js'
import type { SiteChoice } from './sites.js'

/** What the address bar says of the list of changes, as it was written. */
export interface ChangeView {
  readonly match: string
  readonly since: string
  readonly until: string
  readonly field: ChangeField | undefined
  readonly before: ChangePlace | undefined
}

export function readChangeView(query: Fields): ChangeView {
  return {
    match: query.match ?? '',
    since: query.since?.trim() ?? '',
    until: query.until?.trim() ?? '',
    field: CHANGE_FIELDS.find((known) => known === query.field),
    before: readPlace(query.before),
  }
}

/** What a view asks for; `mistakes` by the name of their input. */
export interface ChangeQuestion {
  readonly filter: ChangeFilter
  readonly fits: ((value: string) => boolean) | undefined
  readonly mistakes: Readonly<Partial<Record<'match' | 'since' | 'until', string>>>
}

export function understand(view: ChangeView, siteId: number | undefined): ChangeQuestion {
  const since = view.since === '' ? undefined : parseSince(view.since)
  const until = view.until === '' ? undefined : parseUntil(view.until)
  const pattern = view.match === '' ? undefined : parsePattern(view.match)
  return {
    filter: {
      siteId,
      field: view.field,
      since: since?.ok ? since.value : undefined,
      until: until?.ok ? until.value : undefined,
    },
    fits: pattern?.ok ? (value) => pattern.value.test(value) : undefined,
    mistakes: {
      ...(since?.ok === false ? { since: since.error } : {}),
      ...(until?.ok === false ? { until: until.error } : {}),
      ...(pattern?.ok === false ? { match: pattern.error } : {}),
    },
  }
}

/** Links to the same list but for some changes; a change of anything but the place leads to the newest. */
export function changeLinker(choice: SiteChoice, view: ChangeView) {
  return (changes: Readonly<Record<string, string | undefined>>) =>
    linkTo('/changes', {
      site: choice.chosen?.name,
      match: view.match,
      field: view.field,
      since: view.since,
      until: view.until,
      ...changes,
    })
}

/** Every filter in force, each with the link that takes it away. */
export function describeChangeChips(
  { match, since, until }: ChangeView,
  choice: SiteChoice,
  link: ReturnType<typeof changeLinker>,
): { text: string; href: string }[] {
  const chips = [
    choice.chosen && { text: `site ${choice.chosen.name}`, href: link({ site: undefined }) },
    match !== '' && { text: `matches ${match}`, href: link({ match: undefined }) },
    since !== '' && { text: `since ${since}`, href: link({ since: undefined }) },
    until !== '' && { text: `until ${until}`, href: link({ until: undefined }) },
  ]
  return chips.filter((chip) => typeof chip === 'object')
}

/** `1772366400.4711`: the second and the number of the last change shown. */
export function writePlace({ changedAt, id }: ChangePlace): string {
  return `${Math.floor(changedAt.getTime() / 1_000)}.${id}`
}

function readPlace(text: string | undefined): ChangePlace | undefined {
  const [, seconds, id] = /^([0-9]{1,11})\.([0-9]{1,15})$/.exec(text ?? '') ?? []
  return seconds === undefined
    ? undefined
    : { changedAt: new Date(Number(seconds) * 1_000), id: Number(id) }
}
