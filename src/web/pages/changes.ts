import type { Request, Response } from 'express'
import { formatIp } from '../../core/address/ip.js'
import { CHANGE_FIELDS } from '../../store/address-changes.js'
import { changeColumns } from '../../store/change-columns.js'
import {
  type Change,
  type ChangePlace,
  type ChangeStretch,
  listChanges,
  searchChanges,
} from '../../store/change-list.js'
import type { Db } from '../../store/pool.js'
import {
  type ChangeQuestion,
  changeLinker,
  describeChangeChips,
  readChangeView,
  understand,
  writePlace,
} from '../change-view.js'
import { sendCsv } from '../csv.js'
import { readFreshness } from '../freshness.js'
import { linkTo, queryOf } from '../input.js'
import { chooseSite, type SiteChoice, siteParam } from '../sites.js'
import { SOURCE_WORDS } from '../sources.js'
import type { Web } from '../web.js'

const ROWS = 100
const ROWS_OF_CSV_AT_ONCE = 1_000

export async function showChanges(web: Web, req: Request, res: Response): Promise<void> {
  const query = queryOf(req)
  const view = readChangeView(query)
  const choice = await chooseSite(web, query)
  const question = understand(view, choice.chosen?.id)
  const { mistakes } = question
  const link = changeLinker(choice, view)
  const chips = describeChangeChips(view, choice, link)
  const common = {
    ...{ view, link, chips, mistakes, fields: CHANGE_FIELDS },
    chosenSite: choice.chosen?.name,
    search: view.match,
    searchError: mistakes.match,
    ...(await readFreshness(web, res.locals.now)),
    searchAction: '/changes',
    searchKeeps: {
      ...{ site: choice.chosen?.name, field: view.field, since: view.since, until: view.until },
    },
  }
  if (Object.keys(mistakes).length > 0) {
    res.status(400).render('changes', { ...common, changes: [], older: undefined })
  } else if (query.format === 'csv') {
    const rows = readOn(web.store, question, view.before)
    await sendCsv(res, 'changes.csv', rows, changeColumns(choice.sites))
  } else {
    const { changes, next } = await readStretch(web.store, question, view.before, ROWS)
    res.render('changes', {
      ...common,
      changes: changes.map((change) => describe(change, choice)),
      older: next && link({ before: writePlace(next) }),
      reached: next?.changedAt,
    })
  }
}

async function readStretch(
  db: Db,
  { filter, fits }: ChangeQuestion,
  before: ChangePlace | undefined,
  atMost: number,
): Promise<ChangeStretch> {
  if (fits !== undefined) return searchChanges(db, filter, fits, atMost, before)
  const found = await listChanges(db, filter, atMost + 1, before)
  const changes = found.slice(0, atMost)
  return { changes, next: found.length > atMost ? changes.at(-1) : undefined }
}

/** All that is asked for, stretch by stretch, as fast as they are taken. */
async function* readOn(
  db: Db,
  question: ChangeQuestion,
  before: ChangePlace | undefined,
): AsyncGenerator<Change> {
  let stretch: ChangeStretch = { changes: [], next: before }
  do {
    stretch = await readStretch(db, question, stretch.next, ROWS_OF_CSV_AT_ONCE)
    yield* stretch.changes
  } while (stretch.next !== undefined)
}

function describe(change: Change, choice: SiteChoice) {
  const ip = formatIp(change.ip)
  const site = siteParam(choice, change.siteId)
  return {
    ...change,
    ...{ ip, site },
    href: linkTo(`/addresses/${ip}`, { site }),
    source: SOURCE_WORDS[change.source],
  }
}
