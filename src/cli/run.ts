import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { enterJobs, JOBS, runJob } from '../../cron/schedule.js'
import { openLog } from '../log.js'
import { takeJob } from '../store/jobs.js'
import { readClock } from '../store/sweeps.js'
import { Failure, UsageMistake } from './mistakes.js'
import { withStore } from './with-store.js'

export function runCommands(program: Command): void {
  program
    .command('run')
    .description('run one of the jobs now')
    .argument('<job>', JOBS.map((job) => job.name).join(' or '))
    .addHelpText('after', `\n${JOBS.map((job) => `  ${job.name}: ${job.why}`).join('\n')}`)
    .action((name: string) => runNow(name))
}

async function runNow(name: string): Promise<void> {
  const job = JOBS.find((it) => it.name === name)
  if (job === undefined) {
    const known = JOBS.map((it) => it.name).join(', ')
    throw new UsageMistake(`there is no job "${name}": choose ${known}`)
  }
  await withStore(
    async (store, config) => {
      await enterJobs(store, await readClock(store))
      const token = randomUUID()
      if (!(await takeJob(store, name, token, { isForced: true }))) {
        throw new Failure(`${name} is running already: wait until it has ended`)
      }
      const log = openLog(`job ${name}`, config.logLevel === 'info' ? 'error' : config.logLevel)
      const { signal } = new AbortController()
      const outcome = await runJob(job, token, { store, log, signal })
      if (outcome.error !== undefined) throw new Failure(`${name}: ${outcome.error}`)
      process.stdout.write(`${name}: ${outcome.summary}\n`)
    },
    { long: true },
  )
}
