import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { parseArgs } from 'node:util'
import { type LabOptions, makeLab } from './lab.js'
import { GATEWAY, ON_LINK, SCANNER_ADDRESS } from './link.js'

const USAGE = `Runs a command inside a laboratory network, which is gone afterwards.

  npx tsx test/lab/main.ts [--answer CIDR]... [--silent CIDR]... [--host IP]... [--loss PERCENT] -- COMMAND...

--host puts a host with a MAC of its own on the link (${ON_LINK}); the most specific CIDR decides.
`

const order = readOrder()
if (order === undefined) {
  process.stderr.write(USAGE)
  process.exitCode = 2
} else {
  process.exitCode = await runInLab(order)
}

interface Order {
  readonly options: LabOptions
  readonly attached: readonly string[]
  readonly command: readonly string[]
}

function readOrder(): Order | undefined {
  const many = { type: 'string', multiple: true, default: [] as string[] } as const
  try {
    const { values, positionals } = parseArgs({
      options: { answer: many, silent: many, host: many, loss: { type: 'string', default: '0' } },
      allowPositionals: true,
    })
    const options = { answering: values.answer, silent: values.silent, loss: Number(values.loss) }
    const order = { options, attached: values.host, command: positionals }
    return positionals.length > 0 ? order : undefined
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n`)
    return undefined
  }
}

/** Gives the exit code of the command, or 128 and the signal that ended it. */
async function runInLab({ options, attached, command }: Order): Promise<number> {
  const lab = await makeLab(options)
  try {
    for (const ip of attached) await lab.attach(ip)
    process.stderr.write(
      `lab: scanner ${SCANNER_ADDRESS} in ${lab.scanner}, gateway ${GATEWAY} in ${lab.hosts}\n`,
    )
    const [first = '', ...rest] = [...lab.launch, ...command]
    const child = spawn(first, rest, { stdio: 'inherit' })
    passSignals(child)
    return await ending(child)
  } finally {
    await lab.remove()
  }
}

/** The command may end in its own order. A terminal has given it Ctrl-C already. */
function passSignals(child: ChildProcess): void {
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  process.on('SIGHUP', () => child.kill('SIGHUP'))
  process.on('SIGINT', () => (process.stdin.isTTY ? undefined : child.kill('SIGINT')))
}

function ending(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) =>
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']),
    )
  })
}
