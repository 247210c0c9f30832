import { networkInterfaces } from 'node:os'
import type { Request, Response } from 'express'
import { listAttachments } from '../../core/address/attached.js'
import { formatRange, sizeOf } from '../../core/address/network.js'
import { countProbed } from '../../core/scan/admission.js'
import { estimateCost } from '../../core/scan/budget.js'
import { describeCost, writeNotice } from '../../core/scan/notice.js'
import { listExclusions } from '../../store/exclusions.js'
import { getSetting } from '../../store/settings.js'
import { readFreshness } from '../freshness.js'
import { queryOf } from '../input.js'
import { chooseSite, siteParam } from '../sites.js'
import { listWatched } from '../watched.js'
import type { Web } from '../web.js'

export async function showNetworks(web: Web, req: Request, res: Response): Promise<void> {
  const now: Date = res.locals.now
  const choice = await chooseSite(web, queryOf(req))
  const [watched, exclusions, contact, freshness] = await Promise.all([
    listWatched(web, choice, now),
    listExclusions(web.store, choice.chosen?.id),
    getSetting(web.store, 'contact'),
    readFreshness(web, now),
  ])
  const attachments = listAttachments(networkInterfaces())
  const networks = watched.map((it) => {
    const { network } = it
    const cost = estimateCost({ ...network, addresses: countProbed(network, exclusions) })
    return {
      ...it,
      size: sizeOf(network),
      cost,
      costText: describeCost(cost, network.sweepMinutes),
      notice: writeNotice({ network, cost, attachments, contact }),
    }
  })
  res.render('networks', {
    networks,
    exclusions: exclusions.map((exclusion) => ({
      ...exclusion,
      range: formatRange(exclusion),
      size: sizeOf(exclusion),
      site: siteParam(choice, exclusion.siteId),
    })),
    totals: {
      addresses: networks.reduce((sum, { size }) => sum + size, 0),
      asked: networks.reduce((sum, { cost }) => sum + cost.addresses, 0),
    },
    isReady: web.catalog.isReady,
    ...freshness,
    refreshes: true,
  })
}
