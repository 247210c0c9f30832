import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { startPrivateServer } from '../../src/store/private-server.js'

/** One real MariaDB for the whole run, in a folder that is removed afterwards. */
export default async function startDatabase(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ipspace-test-'))
  const launch = userInfo().uid === 0 ? [] : []
  const server = await startPrivateServer(folder, launch)
  project.provide('databaseSocket', server.socketPath)
  return async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
