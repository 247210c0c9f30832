import type { Command } from 'commander'
import { maskConfig, readConfig } from '../config.js'

export function configCommands(program: Command): void {
  program
    .command('config')
    .description('print the configuration in force, with its secrets masked')
    .action(() => {
      process.stdout.write(`${JSON.stringify(maskConfig(readConfig()), undefined, 2)}\n`)
    })
}
