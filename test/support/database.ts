import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { migrate } from '../../src/store/migrate.js'
import { openStore, type Store } from '../../src/store/pool.js'

declare module 'vitest' {
  export interface ProvidedContext {
    databaseSocket: string
  }
}

export interface TestDatabase {
  readonly store: Store
  readonly name: string
  readonly socketPath: string
  drop(): Promise<void>
}

/** A database of its own on the run's real MariaDB, with every migration applied. */
export async function makeDatabase(): Promise<TestDatabase> {
  const socketPath = inject('databaseSocket')
  const name = `test_${randomBytes(6).toString('hex')}`
  const server = openStore({ socketPath }, { connections: 1 })
  await server.run(`CREATE DATABASE ${name}`)
  const store = openStore({ socketPath, database: name }, { statementTimeoutMs: 60_000 })
  await migrate(store, 'test')
  const drop = async () => {
    await store.close()
    await server.run(`DROP DATABASE ${name}`)
    await server.close()
  }
  return { store, name, socketPath, drop }
}
