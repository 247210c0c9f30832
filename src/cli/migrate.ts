import type { Command } from 'commander'
import { readConfig } from '../config.js'
import { showMigrations } from '../store/migrate.js'
import { openStore } from '../store/pool.js'
import { openDatabase } from './database.js'
import { prepareSchema } from './with-store.js'

export function migrateCommands(program: Command): void {
  program
    .command('migrate')
    .description("bring the database's tables up to this release")
    .option('--show', 'only show what is applied and what waits')
    .action(migrateDatabase)
}

async function migrateDatabase({ show = false }: { readonly show?: boolean }): Promise<void> {
  const database = await openDatabase(readConfig())
  const store = openStore(database.address)
  try {
    if (!show) await prepareSchema(database.address)
    for (const { name, state, appliedAt } of await showMigrations(store)) {
      const when = appliedAt?.toISOString().replace('.000Z', 'Z') ?? ''
      process.stdout.write(`${name}  ${state}  ${when}`.trimEnd().concat('\n'))
    }
  } finally {
    await store.close()
    await database.close()
  }
}
