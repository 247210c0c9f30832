import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { describeMachine } from './machine.js'
import { type Bench, isWholeKept, type Row, renderMarkdown, renderTable } from './report.js'
import { s1 } from './s1-sweep.js'
import { s2 } from './s2-accuracy.js'
import { s3 } from './s3-count.js'
import { s4 } from './s4-cycle.js'
import { s5 } from './s5-list.js'
import { s6 } from './s6-regex.js'
import { s7 } from './s7-address.js'
import { s8 } from './s8-history.js'
import { s9 } from './s9-refresh.js'
import { s10 } from './s10-growth.js'
import { s11 } from './s11-start.js'
import { s12 } from './s12-names.js'

const BENCHES: readonly Bench[] = [s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12]

const USAGE = `npm run bench [-- PROMISE...] [--markdown FILE]\n\n${BENCHES.map(
  (bench) => `  ${bench.id.padEnd(4)} ${bench.promise}`,
).join('\n')}\n`

const order = readOrder()
if (typeof order === 'string') {
  process.stderr.write(`${order}\n\n${USAGE}`)
  process.exitCode = 2
} else {
  process.exitCode = await runBenches(order.benches, order.markdown)
}

interface Order {
  readonly benches: readonly Bench[]
  readonly markdown: string | undefined
}

/** What is to be run, or what is wrong with the arguments. */
function readOrder(): Order | string {
  try {
    const { values, positionals } = parseArgs({
      options: { markdown: { type: 'string' } },
      allowPositionals: true,
    })
    const wanted = positionals.map((word) => word.toLowerCase())
    const unknown = wanted.filter((id) => !BENCHES.some((bench) => bench.id === id))
    if (unknown.length > 0)
      return `There is no benchmark "${unknown.join('", "')}": choose from these.`
    const benches = BENCHES.filter((bench) => wanted.length === 0 || wanted.includes(bench.id))
    return { benches, markdown: values.markdown }
  } catch (error) {
    return (error as Error).message
  }
}

/** Gives the exit code: 1 where a promise is broken or could not be measured. */
async function runBenches(
  benches: readonly Bench[],
  markdown: string | undefined,
): Promise<number> {
  const machine = describeMachine(new Date())
  process.stdout.write(`${machine}\n\n`)
  const rows: Row[] = []
  for (const bench of benches) rows.push(await runOne(bench))
  process.stdout.write(`\n${renderTable(rows)}\n`)
  if (markdown !== undefined) writeFileSync(markdown, renderMarkdown(machine, rows))
  return rows.every(isWholeKept) ? 0 : 1
}

async function runOne(bench: Bench): Promise<Row> {
  const say = (line: string) => process.stderr.write(`${bench.id}: ${line}\n`)
  try {
    return { bench, outcome: await bench.run(say) }
  } catch (error) {
    return { bench, outcome: (error as Error).message }
  }
}
