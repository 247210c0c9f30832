import type { Request, Response } from 'express'
import { formatIp } from '../../core/address/ip.js'
import { parseMac, vendorOf } from '../../core/address/mac.js'
import { parseSince, parseUntil } from '../../core/uptime/instant.js'
import { DAY_MS, dayOf, formatDay } from '../../core/uptime/slot.js'
import { listMacConflicts } from '../../store/conflicts.js'
import { readFreshness } from '../freshness.js'
import { linkTo, queryOf } from '../input.js'
import { chooseSite, siteParam } from '../sites.js'
import { vendorTable } from '../vendor-table.js'
import type { Web } from '../web.js'

const STANDARD_DAYS = 30
const ROWS = 250

export async function showConflicts(web: Web, req: Request, res: Response): Promise<void> {
  const query = queryOf(req)
  const choice = await chooseSite(web, query)
  const now: Date = res.locals.now
  const written = {
    since: query.since ?? formatDay(dayOf(new Date(now.getTime() - STANDARD_DAYS * DAY_MS))),
    until: query.until ?? '',
  }
  const since = written.since === '' ? undefined : parseSince(written.since)
  const until = written.until === '' ? undefined : parseUntil(written.until)
  const freshness = await readFreshness(web, now)
  const common = { written, chosenSite: choice.chosen?.name, ...freshness }
  if (since?.ok === false || until?.ok === false) {
    const mistakes = {
      since: since?.ok === false ? since.error : undefined,
      until: until?.ok === false ? until.error : undefined,
    }
    res.status(400).render('conflicts', { ...common, mistakes, conflicts: [], total: 0 })
    return
  }
  const period = { since: since?.value, until: until?.value }
  const conflicts = await listMacConflicts(web.store, period, choice.chosen?.id)
  const vendors = conflicts.length === 0 ? new Map<string, string>() : await vendorTable()
  res.render('conflicts', {
    ...common,
    mistakes: {},
    total: conflicts.length,
    conflicts: conflicts.slice(0, ROWS).map((conflict) => {
      const ip = formatIp(conflict.ip)
      const site = siteParam(choice, conflict.siteId)
      const macs = conflict.macs.map((text) => {
        const mac = parseMac(text)
        return { text, vendor: mac.ok ? vendorOf(mac.value, vendors) : undefined }
      })
      return { ...conflict, ip, site, macs, href: linkTo(`/addresses/${ip}`, { site }) }
    }),
  })
}
