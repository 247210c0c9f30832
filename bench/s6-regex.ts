import { RE2JS } from 're2js'
import { openCatalog } from '../src/catalog/catalog.js'
import { openLog } from '../src/log.js'
import type { Store } from '../src/store/pool.js'
import { median, withDatabase } from './filled.js'
import type { Bench, BenchResult, Say } from './report.js'
import { addressOf, fillForPages } from './served.js'

const ADDRESSES = 65_536
const RUNS = 5
const ORDINARY = [
  '^10\\.0\\.12\\.',
  '\\.(1|254)$',
  'printer',
  'host-1.*dept3\\.',
  '(linux|windows)',
  '^host-[a-f0-9]+\\.',
  '\\bdept1[0-9]\\b',
  'rack [0-9]{2}$',
  '[13579]$',
  '^[^h]',
]
/** What breaks engines that try, or that build every state. */
const HOSTILE = [
  '(a+)+$',
  '(.*)*x#',
  '(x+x+)+y#',
  '([a-z0-9.-]+)*!',
  '.*.*.*.*.*.*.*#',
  '(.{0,1000}x)q#',
  '(?:.{0,30}.{0,30}a){10}b#',
  '((1?){30}){30}#',
  '[0-9a-z.]*[0-9].{40}#',
  '(?:[0-4].{5}|[5-9].{6}|[a-k].{7}|[l-z].{8}){2}#',
  '(?:(?:(?:a{100}){100}){100}){100}',
  '(?=a)b',
]

export const s6: Bench = {
  id: 's6',
  promise: 'any regular expression over 65,536 addresses, right or refused with a reason',
  run: (say) => withDatabase((store) => measure(store, say)),
}

async function measure(store: Store, say: Say): Promise<BenchResult> {
  await fillForPages(store, ADDRESSES)
  const catalog = openCatalog(await addressOf(store), openLog('bench', 'warn'))
  try {
    const texts = await readTexts(store)
    let wrong = 0
    const slowest = async (patterns: readonly string[]) => {
      let most = 0
      for (const pattern of patterns) {
        const took: number[] = []
        for (let run = 0; run < RUNS; run++) {
          // An alternative that matches nothing makes it another pattern.
          const fresh = `${pattern}|~${run}~`
          const query = { match: fresh, offset: 0, limit: 100, now: new Date() }
          const started = performance.now()
          const answer = await catalog.ask(query)
          took.push(performance.now() - started)
          if (answer.ok && answer.value.matched !== countNaively(texts, fresh)) wrong += 1
          if (!answer.ok && run === 0) say(`${pattern}: refused: ${answer.error}`)
        }
        say(`${pattern}: ${median(took).toFixed(1)} ms`)
        most = Math.max(most, median(took))
      }
      return most
    }
    return {
      figures: [
        {
          ...{ what: 'ordinary patterns: the slowest', unit: 'ms', value: await slowest(ORDINARY) },
          bound: { under: 50 },
          beside: [{ what: 'SQL REGEXP', value: await timeSql(store, ORDINARY) }],
        },
        {
          ...{ what: 'hostile patterns: the slowest', unit: 'ms', value: await slowest(HOSTILE) },
          bound: { under: 200 },
        },
        { what: 'answers that are wrong', value: wrong, unit: '', bound: { atMost: 0 } },
      ],
    }
  } finally {
    await catalog.close()
  }
}

/** IP, hostname, OS and notes of every address. */
async function readTexts(store: Store): Promise<string[][]> {
  const rows = await store.query<Record<string, string | null>>(
    'SELECT ip_text, hostname, os, notes FROM address',
  )
  return rows.map((row) => Object.values(row).flatMap((text) => text || []))
}

function countNaively(texts: readonly string[][], pattern: string): number {
  const compiled = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE)
  return texts.filter((own) => own.some((text) => compiled.test(text))).length
}

async function timeSql(store: Store, patterns: readonly string[]): Promise<number> {
  let most = 0
  for (const pattern of patterns) {
    const started = performance.now()
    await store.query(
      `SELECT COUNT(*) FROM address WHERE ip_text REGEXP ? OR hostname REGEXP ?
         OR os REGEXP ? OR notes REGEXP ?`,
      [pattern, pattern, pattern, pattern],
    )
    most = Math.max(most, performance.now() - started)
  }
  return most
}
