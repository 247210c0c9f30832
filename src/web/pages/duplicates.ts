import type { Request, Response } from 'express'
import { parsePattern } from '../../catalog/pattern.js'
import { parseShared } from '../../core/names/duplicate.js'
import { readGenericPatterns } from '../../core/names/hostname.js'
import { findDuplicates } from '../../store/duplicates.js'
import { expectDuplicate, listExpected, removeExpected } from '../../store/expected-duplicates.js'
import { listNetworks } from '../../store/networks.js'
import { getSetting } from '../../store/settings.js'
import { ROLES } from '../auth.js'
import { Refusal } from '../errors.js'
import { readFreshness } from '../freshness.js'
import { describeGroups, judgeFrom } from '../groups.js'
import { bodyOf, linkTo, queryOf, readChoice, readNext, readNumber } from '../input.js'
import { chooseSite } from '../sites.js'
import type { Web } from '../web.js'

const GROUPS = 25
const KINDS = ['', 'hostname', 'mac'] as const

export async function showDuplicates(web: Web, req: Request, res: Response): Promise<void> {
  const query = queryOf(req)
  const choice = await chooseSite(web, query)
  const match = query.match ?? ''
  const of = readChoice(query.of, KINDS)
  const isWithGeneric = query.generic === 'too'
  const from = readNumber(query.from, { min: 0, max: 100_000_000, otherwise: 0 })
  const chosen = {
    ...{ site: choice.chosen?.name, match, of },
    generic: isWithGeneric ? 'too' : undefined,
  }
  const link = (changes: Readonly<Record<string, string | number | undefined>>) =>
    linkTo('/duplicates', { ...chosen, ...changes })
  const common = {
    ...{ chosen, link, from },
    mayMark: ROLES.indexOf(req.user!.role) >= ROLES.indexOf('operator'),
    search: match,
    ...(await readFreshness(web, res.locals.now)),
    searchAction: '/duplicates',
    searchKeeps: { site: chosen.site, of, generic: chosen.generic },
  }
  const pattern = match === '' ? undefined : parsePattern(match)
  if (pattern?.ok === false) {
    res
      .status(400)
      .render('duplicates', { ...common, state: 'mistaken', searchError: pattern.error })
    return
  }
  const [all, networks, expected, patterns] = await Promise.all([
    findDuplicates(web.store, choice.chosen?.id),
    listNetworks(web.store),
    listExpected(web.store),
    getSetting(web.store, 'names.generic'),
  ])
  const found = all.filter(
    (group) => (of === '' || group.of === of) && (pattern?.value.test(group.name) ?? true),
  )
  const isGeneric = isWithGeneric ? undefined : readGenericPatterns(patterns)
  const { groups, next } = await judgeFrom(web.store, found, from, GROUPS, isGeneric)
  res.render('duplicates', {
    ...common,
    state: 'list',
    groups: await describeGroups(web, groups, { choice, networks, expected }),
    totals: {
      names: found.filter((group) => group.of === 'hostname').length,
      macs: found.filter((group) => group.of === 'mac').length,
    },
    next: next === undefined ? undefined : link({ from: next }),
  })
}

/** Marks a group as expected, or takes that back. */
export async function changeExpected(web: Web, req: Request, res: Response): Promise<void> {
  const fields = bodyOf(req)
  const { site } = await chooseSite(web, fields)
  const name = parseShared(fields.name ?? '')
  if (!name.ok) throw new Refusal(400, `${name.error}.`)
  if (fields.expected === 'yes') {
    const entry = { siteId: site.id, name: name.value, byWhom: req.user!.name }
    await expectDuplicate(web.store, { ...entry, createdAt: new Date() })
  } else {
    await removeExpected(web.store, site.id, name.value)
  }
  res.redirect(303, readNext(fields.next))
}
