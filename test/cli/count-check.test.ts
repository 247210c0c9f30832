import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkCounts } from '../../src/cli/count-check.js'
import type { Range } from '../../src/core/address/network.js'
import { ensureMainSite } from '../../src/store/sites.js'
import { count } from '../support/counted.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'

const BASE = 0x0a000000

let database: TestDatabase
beforeAll(async () => {
  database = await makeDatabase()
  await ensureMainSite(database.store, 'UTC', new Date())
  await count(database.store, {
    ...{ siteId: 1, networkId: 1, range: { first: BASE, last: BASE + 511 } as Range },
    ...{ slotAt: new Date(), asked: [BASE + 1, BASE + 300], seen: [BASE + 1, BASE + 300] },
  })
})
afterAll(() => database.drop())

test('counts that agree are fine, one that does not is named with both figures', async () => {
  expect(await checkCounts(database.store)).toEqual([
    { state: 'ok', what: 'counts: sums, counters and bits of 2 blocks agree' },
  ])
  await database.store.run('UPDATE address_state SET total = 9 WHERE ip = ?', [BASE + 300])
  expect(await checkCounts(database.store)).toMatchObject([
    { state: 'fail', what: expect.stringContaining('10.0.1.44 are 1/9, its bits say 1/1') },
  ])
})
