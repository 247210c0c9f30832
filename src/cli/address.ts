import { type Command, InvalidArgumentError, Option } from 'commander'
import { formatIp, parseIp } from '../core/address/ip.js'
import type { Column } from '../core/listing/column.js'
import { percentActive } from '../core/uptime/counters.js'
import { type Day, instantOf, SLOTS_PER_DAY } from '../core/uptime/slot.js'
import { type AddressFacts, readFacts } from './address-facts.js'
import { describeAddress } from './address-text.js'
import { FORMATS, type Format, printRows } from './output.js'
import { must, pickSite } from './pick.js'
import { withStore } from './with-store.js'

const STANDARD_DAYS = 7
const MOST_DAYS = 400
const FIRST_DAY = 0 as Day
/** Where the terminal does not say, or there is none. */
const STANDARD_WIDTH = 80

interface Options {
  readonly format: Format
  readonly site?: string
  readonly days: number
  readonly ascii?: boolean
}

/** Adds `ipspace address IP`. */
export function addressCommand(program: Command): void {
  program
    .command('address <ip>')
    .description('show one address: who it is, when it answers, and its last days')
    .addOption(new Option('--format <format>', 'how to print').choices(FORMATS).default('table'))
    .option('--site <name>', 'the site it belongs to')
    .option('--days <number>', 'so many last days', parseDays, STANDARD_DAYS)
    .option('--ascii', 'draw without block characters')
    .action(show)
}

async function show(text: string, options: Options): Promise<void> {
  const ip = must(parseIp(text))
  const { format, days } = options
  await withStore(async (store) => {
    const site = await pickSite(store, options.site)
    const facts = await readFacts(store, ip, site, days, new Date())
    if (format === 'table') process.stdout.write(describe(facts, options))
    else await printRows(slotsOf(facts), SLOT_COLUMNS, { format, out: process.stdout })
  })
}

function describe(facts: AddressFacts, { days, ascii = false }: Options): string {
  const { isTTY, columns } = process.stdout
  const { NO_COLOR = '', TERM = '' } = process.env
  return describeAddress(facts, {
    days,
    width: columns || STANDARD_WIDTH,
    look: { isAscii: ascii, hasColours: isTTY === true && NO_COLOR === '' && TERM !== 'dumb' },
  })
}

interface SlotLine {
  readonly ip: string
  readonly slot: number
  readonly time: string
  readonly active: number
  readonly total: number
}

const SLOT_COLUMNS: readonly Column<SlotLine>[] = [
  { name: 'ip', value: (line) => line.ip },
  { name: 'slot', value: (line) => line.slot },
  { name: 'time', value: (line) => line.time },
  { name: 'active', value: (line) => line.active },
  { name: 'total', value: (line) => line.total },
  { name: 'percent_active', value: (line) => percentActive(line.active, line.total) },
]

/** The 288 slots of its site's day. */
function slotsOf({ ip, counters }: AddressFacts): SlotLine[] {
  return Array.from({ length: SLOTS_PER_DAY }, (_, slot) => ({
    ip: formatIp(ip),
    slot,
    time: instantOf(FIRST_DAY, slot).toISOString().slice(11, 16),
    active: counters.active[slot]!,
    total: counters.total[slot]!,
  }))
}

function parseDays(text: string): number {
  const days = Number(text)
  if (/^[0-9]{1,3}$/.test(text) && days >= 1 && days <= MOST_DAYS) return days
  throw new InvalidArgumentError(`Give a whole number from 1 to ${MOST_DAYS}.`)
}
