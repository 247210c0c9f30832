import { setTimeout as pause } from 'node:timers/promises'
import type { Network } from '../src/store/networks.js'
import type { Store } from '../src/store/pool.js'
import { median, withDatabase } from './filled.js'
import type { Bench, Figure, Say } from './report.js'
import { fillForPages, type Served, withWeb } from './served.js'

const SMALL = 65_536
const LARGE = 1_048_576
const ROWS = 100
const ALONE = 200
const CLIENTS = 50
const SECONDS = 20
const SORTS = [
  'ip',
  'hostname',
  'percent_active',
  'active',
  'last_active',
  'days_offline',
  'first_seen',
]
const PATTERNS = ['10\\.0\\.', '^host-1', '7$', 'linux', 'dept1\\d\\.', '[02468]$', 'zzz']
/** Each takes a thread a while. */
const HEAVY = ['(.*\\d){6}[x-z]', '([a-z0-9.-]{9,19}[02468]){2}', '(.{7}e|.{9}a)+[0-4]']

export const s5: Bench = {
  id: 's5',
  promise: 'the list of addresses: any 100 rows by any sort, filter and page',
  run: async (say) => {
    const small = await withDatabase((store) => measureSmall(store, say))
    const large = await withDatabase((store) => measureLarge(store, say))
    return { figures: [...small, ...large] }
  },
}

async function measureSmall(store: Store, say: Say): Promise<Figure[]> {
  const pageOf = plainPages(SMALL, await fillForPages(store, SMALL))
  const sql = await timeSql(store, SMALL)
  say(`${SMALL} addresses are filled in`)
  return withWeb(store, async (served) => {
    await warmUp(served, pageOf)
    const alone = await visitAlone(served, ALONE, pageOf)
    say(`one client: median ${median(alone).toFixed(1)} ms`)
    const together = await visitTogether(served, pageOf)
    say(`${CLIENTS} clients: p99 ${p99(together).toFixed(1)} ms`)
    const blocked = await blockFor(served)
    return [
      {
        ...{ what: '65,536 addresses, one client: median', unit: 'ms' },
        value: median(alone),
        bound: { under: 10 },
        beside: [{ what: 'the rows alone from SQL', value: sql }],
      },
      {
        ...{ what: '65,536 addresses, 50 clients of a request a second each: p99', unit: 'ms' },
        value: p99(together),
        bound: { under: 60 },
      },
      {
        ...{ what: 'one page kept waiting by the searches of others: most', unit: 'ms' },
        value: blocked,
        bound: { atMost: 50 },
      },
    ]
  })
}

async function measureLarge(store: Store, say: Say): Promise<Figure[]> {
  const pageOf = plainPages(LARGE, await fillForPages(store, LARGE))
  const sql = await timeSql(store, LARGE)
  say(`${LARGE} addresses are filled in`)
  return withWeb(store, async (served) => {
    await warmUp(served, pageOf)
    const pages = await visitAlone(served, ALONE, pageOf)
    const searches = await visitAlone(served, ALONE, searchPage)
    const memory = await served.memory()
    return [
      {
        ...{ what: '1,048,576 addresses: p99', unit: 'ms', value: p99(pages) },
        bound: { under: 250 },
        beside: [{ what: 'the rows alone from SQL', value: sql }],
      },
      {
        ...{ what: '1,048,576 addresses, with a regular expression: p99', unit: 'ms' },
        value: p99(searches),
        bound: { under: 500 },
      },
      { what: "the pages' memory", value: memory, unit: 'MB', bound: { under: 500 } },
    ]
  })
}

/** The page of each number. */
type PageOf = (index: number) => string

/** Every sort either way, near and far pages, now and then a network. */
function plainPages(count: number, network: Network): PageOf {
  return (index) => {
    const sort = `${index % 2 === 0 ? '-' : ''}${SORTS[index % SORTS.length]}`
    const page = 1 + ((index * 7_919) % Math.floor(count / ROWS))
    const filter = index % 11 === 0 ? `&network=${network.id}` : ''
    return `/addresses?sort=${sort}&page=${page}${filter}`
  }
}

/** A pattern that nobody has asked for before. */
const searchPage: PageOf = (index) => {
  const pattern = `${PATTERNS[index % PATTERNS.length]}|never-${index}`
  const sort = SORTS[index % SORTS.length]
  return `/addresses?sort=-${sort}&match=${encodeURIComponent(pattern)}`
}

/** The first of each sort after a change takes longer: nobody meets it on two hundred pages in a row. */
async function warmUp(served: Served, pageOf: PageOf): Promise<void> {
  await visitAlone(served, 2 * SORTS.length, pageOf)
}

async function visitAlone(served: Served, times: number, pageOf: PageOf): Promise<number[]> {
  const took: number[] = []
  for (let index = 0; index < times; index++) took.push(await visit(served, pageOf(index)))
  return took
}

/** Each client asks once a second, all of them spread over it. */
async function visitTogether(served: Served, pageOf: PageOf): Promise<number[]> {
  const client = async (number: number): Promise<number[]> => {
    await pause((1_000 * number) / CLIENTS)
    const took: number[] = []
    for (let second = 0; second < SECONDS; second++) {
      const visited = visit(served, pageOf(number * SECONDS + second))
      const [ms] = await Promise.all([visited, pause(1_000)])
      took.push(ms)
    }
    return took
  }
  return (await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)))).flat()
}

/** How much longer than its median a page takes at worst (p99), while others search with heavy patterns. */
async function blockFor(served: Served): Promise<number> {
  const page = '/addresses?sort=-active'
  const quiet = await visitAlone(served, 50, () => page)
  let isOver = false
  const searching = HEAVY.map(async (pattern, number) => {
    for (let index = 0; !isOver; index++) {
      await visit(served, `/addresses?match=${encodeURIComponent(`${pattern}|${number}-${index}`)}`)
    }
  })
  const busy = await visitAlone(served, 100, () => page)
  isOver = true
  await Promise.all(searching)
  return Math.max(0, p99(busy) - median(quiet))
}

async function visit({ visitor }: Served, page: string): Promise<number> {
  const started = performance.now()
  const { status, text } = await visitor.get(page)
  const took = performance.now() - started
  if (status !== 200 || !text.includes('id="rows"'))
    throw new Error(`${page} was answered ${status}`)
  return took
}

/** The rows of such pages as one would ask MariaDB for them, without an index for every sort. */
async function timeSql(store: Store, count: number): Promise<number> {
  const took: number[] = []
  for (const [index, column] of ['s.active', 'a.hostname', 's.last_active'].entries()) {
    const offset = ((index * 7_919) % Math.floor(count / ROWS)) * ROWS
    const started = performance.now()
    await store.query(
      `SELECT a.ip, a.hostname, s.active, s.total, s.last_active, a.first_seen
       FROM address a JOIN address_state s USING (site_id, ip)
       ORDER BY ${column} DESC LIMIT ${ROWS} OFFSET ${offset}`,
    )
    took.push(performance.now() - started)
  }
  return median(took)
}

function p99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1]!
}
