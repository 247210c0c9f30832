import { networkInterfaces } from 'node:os'
import { listAttachments } from '../core/address/attached.js'
import { printable } from '../core/listing/printable.js'
import { countProbed } from '../core/scan/admission.js'
import { estimateCost } from '../core/scan/budget.js'
import { writeNotice } from '../core/scan/notice.js'
import { listExclusions } from '../store/exclusions.js'
import type { Network } from '../store/networks.js'
import type { Db } from '../store/pool.js'
import { getSetting } from '../store/settings.js'

/** Prints what to tell the colleagues whose network it is, with this machine as the one that asks. */
export async function printNotice(db: Db, network: Network): Promise<void> {
  const contact = await getSetting(db, 'contact')
  const addresses = countProbed(network, await listExclusions(db, network.siteId))
  const notice = writeNotice({
    network,
    cost: estimateCost({ ...network, addresses }),
    attachments: listAttachments(networkInterfaces()),
    contact,
  })
  const lines = notice.split('\n').map((line) => `  ${printable(line)}\n`)
  process.stdout.write(`To forward to the colleagues concerned:\n\n${lines.join('')}`)
  if (contact === '') {
    process.stderr.write('Name somebody to ask with: ipspace settings set contact "..."\n')
  }
}
