import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { enterJobs, JOBS, rowOf, runJob } from '../../cron/schedule.js'
import { openLog } from '../log.js'
import { takeJob } from '../store/jobs.js'
import { readClock } from '../store/sweeps.js'
import { Failure, UsageMistake } from './mistakes.js'
import { nmapLaunch } from './privileges.js'
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
      const { engine, nmapPath } = config
      await enterJobs(store, engine, await readClock(store))
      const token = randomUUID()
      if (!(await takeJob(store, rowOf(job, engine), token, { isForced: true }))) {
        throw new Failure(`${name} is running already: wait until it has ended`)
      }
      const log = openLog(`job ${name}`, config.logLevel === 'info' ? 'error' : config.logLevel)
      const { signal } = new AbortController()
      const launch = job.asksTheNetwork ? nmapLaunch(config) : []
      const context = { store, log, nmapPath, launch, engine, signal }
      const outcome = await runJob(job, token, context)
      if (outcome.error !== undefined) throw new Failure(`${name}: ${outcome.error}`)
      process.stdout.write(`${name}: ${outcome.summary}\n`)
    },
    { long: true },
  )
}
