import { describe, expect, test } from 'vitest'
import { refresh } from '../../cron/refresh.js'
import { openLog } from '../../src/log.js'
import { isLabHere } from '../lab/lab-here.js'
import { isFakedTimeHere } from '../support/faked-time.js'
import { Ledger, type Pages, readOpenBits, readPages } from '../support/ledger.js'
import { makeScannedLab, type ScannedLab } from '../support/scanned-lab.js'

const HERE = 'test/faults/daylight-saving.test.ts'
const ZONE = 'Europe/Berlin'
const SWEEPS = 20
const FIRST = 0x0a010000

/** By fours: the second come with the sixth sweep, the third and the fourth miss one each. */
function answers(ip: number, sweep: number): boolean {
  const group = ((ip - FIRST) >> 2) % 4
  return [true, sweep >= 5, sweep !== 7, sweep !== 12][group]!
}

describe.skipIf(!isLabHere(HERE) || !isFakedTimeHere(HERE))('the night in which Berlin', () => {
  test.concurrent.each([
    // At 01:00 UTC the clock goes from 03:00 back to 02:00, or from 02:00 forth to 03:00.
    ['sets its clock back', '2026-10-25', { before: 2, after: 1 }, { '02:10': 2, '03:05': 0 }],
    ['sets its clock forth', '2026-03-29', { before: 1, after: 2 }, { '01:10': 1, '02:10': 0 }],
  ] as const)(
    '%s: the counters of 20 sweeps equal the ledger, before and after folding',
    async (_, day, ahead, askings) => {
      const midnight = Date.parse(`${day}T00:00:00Z`)
      const slotOf = (sweep: number) => new Date(midnight + 600_000 + sweep * 300_000)
      const ledger = new Ledger((slotAt) => {
        const minutes = (slotAt.getTime() - midnight) / 60_000
        return minutes / 5 + 12 * (minutes < 60 ? ahead.before : ahead.after)
      })
      const field = await makeScannedLab({}, new Date(slotOf(0).getTime() + 1_000))
      try {
        const network = await field.plant('10.1.0.0/26')
        for (let sweep = 0; sweep < SWEEPS; sweep++) {
          await setAnswers(field, sweep)
          if (sweep === 0) await field.start()
          field.time.set(new Date(slotOf(sweep).getTime() + 1_000))
          const states = await field.statesOf(network, sweep + 1)
          expect(states).toEqual(Array(sweep + 1).fill('counted'))
          const asked = Array.from({ length: 62 }, (_, i) => FIRST + 1 + i)
          ledger.enter(slotOf(sweep), asked, (ip) => answers(ip, sweep))
        }
        const { store } = field.time
        expect(await readOpenBits(store)).toEqual({ asked: ledger.asked, seen: ledger.seen })
        const pages = await readPages(store, ZONE)
        expect(pages).toEqual(ledger.allPages())
        for (const [time, times] of Object.entries(askings)) {
          expect(askedAt(pages, '10.1.0.1', time)).toBe(times)
        }
        const now = new Date(midnight + 2 * 86_400_000)
        const { signal } = new AbortController()
        await refresh({ store, log: openLog('test', 'silent'), now, signal })
        expect(await readPages(store, ZONE)).toEqual(pages)
        expect(await store.query('SELECT * FROM presence_slot')).toEqual([])
        expect(await field.drifts()).toEqual([])
      } finally {
        await field.end()
      }
    },
    180_000,
  )
})

async function setAnswers({ lab }: ScannedLab, sweep: number): Promise<void> {
  for (let cell = FIRST; cell < FIRST + 64; cell += 4) {
    const cidr = `10.1.0.${cell - FIRST}/30`
    if (answers(cell, sweep)) await lab.answer(cidr)
    else await lab.silence(cidr)
  }
}

function askedAt(pages: Pages, ip: string, time: string): number {
  return Number(pages[ip]?.[time]?.split('/')[1] ?? 0)
}
