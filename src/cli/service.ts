import { execFileSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import type { Command } from 'commander'
import { PROJECT_DIR, readConfig } from '../config.js'
import { prepareDataFolder } from './data-folder.js'
import { UsageMistake } from './mistakes.js'
import { programPaths } from './privileges.js'
import { isRoot, serviceUser } from './service-user.js'
import { writeUnit } from './systemd-unit.js'

const UNIT_FILE = '/etc/systemd/system/ipspace.service'

export function serviceCommands(program: Command): void {
  program
    .command('service')
    .description('print a systemd unit that starts ipspace with the machine')
    .action(printService)
}

function printService(): void {
  const given = readConfig()
  if (!isRoot() && !existsSync(given.dataDir)) {
    throw new UsageMistake('the data folder is not there yet: start ipspace once, with "npm start"')
  }
  const config = isRoot()
    ? prepareDataFolder(given)
    : { ...given, dataDir: realpathSync(given.dataDir) }
  const user = serviceUser(config.dataDir) ?? { uid: process.getuid!(), gid: process.getgid!() }
  process.stdout.write(
    writeUnit({
      projectDir: PROJECT_DIR,
      config,
      user,
      userName: nameOf(user.uid),
      node: realpathSync(process.execPath),
      paths: programPaths(config),
    }),
  )
  process.stderr.write(explain())
}

/** systemd looks users up by name; an id without one it takes as it is. */
function nameOf(uid: number): string {
  try {
    return execFileSync('id', ['-nu', String(uid)], { encoding: 'utf8' }).trim()
  } catch {
    return String(uid)
  }
}

function explain(): string {
  return [
    '',
    `Put this into ${UNIT_FILE} and start it, as root:`,
    `  bin/ipspace service > ${UNIT_FILE}`,
    '  systemctl daemon-reload',
    '  systemctl enable --now ipspace',
    'Stop an "ipspace up" that runs before. The log: journalctl -u ipspace',
    '',
  ].join('\n')
}
