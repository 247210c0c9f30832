import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PROJECT_DIR } from '../src/config.js'
import { type Day, dayOf } from '../src/core/uptime/slot.js'
import type { Network } from '../src/store/networks.js'
import type { Store, StoreAddress } from '../src/store/pool.js'
import { fillCounters, fillOpenDay, fillTable } from '../test/support/fill-table.js'
import { plantNetwork } from '../test/support/scanning.js'
import { makeUser, type Visitor, visitorLoggedIn } from '../test/support/web.js'
import { BASE } from './filled.js'

const NAMED_PERCENT = 90
const KNOWN_FOR_DAYS = 200

export interface Served {
  readonly visitor: Visitor
  /** Of the pages' process, in MB. */
  memory(): Promise<number>
}

/** Makes a network of so many addresses known, nine of ten with a name, with counters and a whole open day. */
export async function fillForPages(store: Store, count: number): Promise<Network> {
  const today = dayOf(new Date())
  const { network } = await plantNetwork(store, `10.0.0.0/${32 - Math.log2(count)}`)
  const firstSeen = new Date(Date.now() - KNOWN_FOR_DAYS * 86_400_000)
  const filling = { siteId: 1, first: BASE, count, firstSeen, named: NAMED_PERCENT }
  await fillTable(store, filling)
  await fillCounters(store, filling, (today - 1) as Day)
  await fillOpenDay(store, filling, today)
  return network
}

/** Serves a database's pages in a process of their own, over HTTPS, to somebody who is logged in. */
export async function withWeb<T>(store: Store, work: (served: Served) => Promise<T>): Promise<T> {
  execFileSync(process.execPath, [path.join(PROJECT_DIR, 'bin', 'setup.mjs')])
  const folder = mkdtempSync(path.join(tmpdir(), 'ipspace-bench-web-'))
  const address = JSON.stringify(await addressOf(store))
  const child = fork(path.join(import.meta.dirname, 'web-process.mjs'), [folder, address], {
    execArgv: [],
  })
  try {
    const [{ url }] = await once(child, 'message')
    await makeUser(store, 'bench')
    const visitor = await visitorLoggedIn(url, 'bench')
    await untilRead(visitor)
    const memory = async () => {
      child.send('memory')
      return (await once(child, 'message'))[0].memory
    }
    return await work({ visitor, memory })
  } finally {
    child.disconnect()
    await once(child, 'exit')
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Where the store's database is: it listens on a socket only. */
export async function addressOf(store: Store): Promise<StoreAddress> {
  const [row] = await store.query<{ socketPath: string; name: string }>(
    'SELECT @@socket AS socketPath, DATABASE() AS name',
  )
  return { socketPath: row!.socketPath, database: row!.name }
}

async function untilRead(visitor: Visitor): Promise<void> {
  while ((await visitor.get('/addresses')).text.includes('are being read')) {
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
