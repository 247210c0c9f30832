import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PROJECT_DIR } from '../../src/config.js'
import { findUser } from '../../src/store/users.js'
import { verifyPassword } from '../../src/web/password.js'
import { makeDatabase, type TestDatabase } from '../support/database.js'
import { until } from '../support/ipspace.js'

let database: TestDatabase
beforeAll(async () => {
  database = await makeDatabase()
})
afterAll(() => database.drop())

test('the terminal asks twice and shows nothing of what is typed', async () => {
  const { shown, code } = await typeAt('ada', ['violet harbour seven', 'violet harbour seven'])
  expect(code).toBe(0)
  expect(shown).not.toContain('harbour')
  const ada = await findUser(database.store, 'ada')
  expect(await verifyPassword(ada?.passwordHash, 'violet harbour seven')).toBe(true)
})

test('two that differ change nothing', async () => {
  const { shown, code } = await typeAt('bob', ['violet harbour seven', 'violet harbour eight'])
  expect(code).toBe(2)
  expect(shown).toContain('differ')
  expect(await findUser(database.store, 'bob')).toBeUndefined()
})

/** Runs `users add` on a terminal of its own (script, of util-linux) and types one line at each question. */
async function typeAt(
  name: string,
  lines: readonly string[],
): Promise<{ readonly shown: string; readonly code: number }> {
  const url = `mysql://root@localhost/${database.name}?socketPath=${database.socketPath}`
  const command = `${process.execPath} ${path.join(PROJECT_DIR, 'bin', 'ipspace')} users add ${name}`
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { ...process.env, IPSPACE_DATABASE_URL: url, IPSPACE_DOTENV: 'read' },
  })
  let shown = ''
  child.stdout.on('data', (chunk) => {
    shown += chunk
  })
  for (const [index, line] of lines.entries()) {
    await until(() => shown.split(/New password: |The same again: /).length === index + 2)
    // The terminal stops echoing just after it has asked.
    await pause(100)
    child.stdin.write(`${line}\r`)
  }
  const [code] = await once(child, 'exit')
  return { shown, code }
}
