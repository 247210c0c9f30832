import { type Command, Option } from 'commander'
import { CHANGE_FIELDS } from '../store/address-changes.js'
import { addListOptions } from './list.js'
import { reportChanges } from './report-changes.js'
import { reportConflicts, reportDuplicates } from './report-duplicates.js'

const MATCH_HELP = `
With --match also those that began or ended a name held in that time:
  ipspace report changes --match printer7 --since 2026-03-01 --until 2026-03-31`

/** `ipspace report changes|duplicates|conflicts`. */
export function reportCommands(program: Command): void {
  const report = program.command('report').description('what stands out')
  withPeriod(
    addListOptions(report.command('changes').description('names, systems and MACs that changed')),
  )
    .addOption(new Option('--field <field>', 'only changes of this').choices(CHANGE_FIELDS))
    .addHelpText('after', MATCH_HELP)
    .action(reportChanges)
  addListOptions(
    report.command('duplicates').description('names and MACs that several addresses have now'),
  )
    .option('--all', 'generic names too (setting names.generic)')
    .action(reportDuplicates)
  withPeriod(
    addListOptions(
      report.command('conflicts').description('addresses that answered with two MACs in a day'),
    ),
  ).action(reportConflicts)
}

function withPeriod(command: Command): Command {
  return command
    .option('--since <date>', 'from this day or instant on (UTC)')
    .option('--until <date>', 'up to this day, with it, or instant (UTC)')
}
