import type { Command } from 'commander'
import { readConfig } from '../config.js'
import { printableLines } from '../core/listing/printable.js'
import { openStore } from '../store/pool.js'
import { checkCounts } from './count-check.js'
import { prepareDataFolder } from './data-folder.js'
import { openDatabase } from './database.js'
import { checkDatabase } from './database-check.js'
import { type Finding, fail } from './finding.js'
import { checkMachine } from './machine-check.js'
import { EXIT_FAILED } from './mistakes.js'

export function doctorCommands(program: Command): void {
  program
    .command('doctor')
    .description('check this machine and the database, and say how to mend what is amiss')
    .option('--deep', 'check as well that every count agrees with its bits; takes a while')
    .action((options: { deep?: boolean }) => examine(options.deep === true))
}

async function examine(isDeep: boolean): Promise<void> {
  const config = prepareDataFolder(readConfig())
  const findings = [...(await checkMachine(config)), ...(await examineDatabase(isDeep))]
  for (const finding of findings) process.stdout.write(describe(finding))
  const failed = findings.filter((finding) => finding.state === 'fail').length
  if (failed > 0) process.exitCode = EXIT_FAILED
}

async function examineDatabase(isDeep: boolean): Promise<Finding[]> {
  try {
    const database = await openDatabase(readConfig())
    const store = openStore(database.address)
    try {
      const findings = await checkDatabase(store)
      return isDeep ? [...findings, ...(await checkCounts(store))] : findings
    } finally {
      await store.close()
      await database.close()
    }
  } catch (error) {
    const mend = 'see that it runs, and that IPSPACE_DATABASE_URL is right where that is set'
    return [fail(`the database: ${(error as Error).message}`, mend)]
  }
}

function describe({ state, what, mend }: Finding): string {
  const line = `${state.padEnd(4)}  ${printableLines(what)}\n`
  return mend === undefined ? line : `${line}      -> ${printableLines(mend)}\n`
}
