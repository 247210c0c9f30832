import { wasHeldIn } from '../core/names/holding.js'
import { parseSince, parseUntil } from '../core/uptime/instant.js'
import type { ChangeField } from '../store/address-changes.js'
import { changeColumns } from '../store/change-columns.js'
import { type Change, type ChangeFilter, findChanges, listChanges } from '../store/change-list.js'
import type { Db } from '../store/pool.js'
import { listSites } from '../store/sites.js'
import { compileMatch, type ListOptions, printList } from './list.js'
import { must, pickSiteOfList } from './pick.js'
import { withStore } from './with-store.js'

const ROWS_AT_MOST = 1_000_000
const EMPTY =
  'Nothing has changed: a change is written down when a name, system or MAC is asked for.'

export interface ChangeOptions extends ListOptions {
  readonly since?: string
  readonly until?: string
  readonly field?: ChangeField
}

/**
 * `ipspace report changes`. With `--match`, every change into or out of a value that fits and was held
 * in the period, also where it began before: "who was printer7 in March?"
 */
export async function reportChanges(options: ChangeOptions): Promise<void> {
  const since = options.since === undefined ? undefined : must(parseSince(options.since))
  const until = options.until === undefined ? undefined : must(parseUntil(options.until))
  const pattern = options.match === undefined ? undefined : compileMatch(options.match)
  await withStore(async (store) => {
    const site = await pickSiteOfList(store, options.site)
    const filter = { since, until, siteId: site?.id, field: options.field }
    const changes =
      pattern === undefined
        ? await listChanges(store, filter, ROWS_AT_MOST)
        : await search(store, filter, (value) => pattern.test(value))
    const { match: _, ...rest } = options
    await printList(changes, changeColumns(await listSites(store)), rest, EMPTY)
  })
}

async function search(
  db: Db,
  filter: ChangeFilter,
  fits: (value: string) => boolean,
): Promise<Change[]> {
  const found = await findChanges(db, filter, fits)
  return found.filter((change) => wasHeldIn(change, filter, fits))
}
