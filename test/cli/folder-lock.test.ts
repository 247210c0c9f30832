import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { prepareDataFolder } from '../../src/cli/data-folder.js'
import { findUp, joinUsers, lockForUp, outlastUsers } from '../../src/cli/folder-lock.js'
import { PROJECT_DIR, readConfig } from '../../src/config.js'
import { makeFolder, until } from '../support/ipspace.js'

let folder: string
let remove: () => void
beforeEach(() => {
  ;({ folder, remove } = makeFolder())
  prepareDataFolder(readConfig({ IPSPACE_DATA_DIR: folder }))
})
afterEach(() => remove())

test('a second holder is refused with the process id of the first, until that lets go', () => {
  const first = lockForUp(folder)
  expect(lockForUp(folder)).toEqual({ pid: process.pid })
  expect(findUp(folder)).toBe(process.pid)
  if ('release' in first) first.release()
  expect(findUp(folder)).toBeUndefined()
  expect(lockForUp(folder)).toHaveProperty('release')
})

test('the lock goes with a process that is killed', async () => {
  const module = path.join(PROJECT_DIR, 'dist', 'src', 'cli', 'folder-lock.js')
  const script = `import(${JSON.stringify(module)}).then(({ lockForUp }) => {
    globalThis.held = lockForUp(${JSON.stringify(folder)})
    console.log('held')
    setInterval(() => {}, 1000)
  })`
  const holder = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(holder.stdout, 'data')
  expect(lockForUp(folder)).toEqual({ pid: holder.pid })
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  expect(lockForUp(folder)).toHaveProperty('release')
})

test('who would stop the server waits for everybody who uses it', async () => {
  const [one, other] = [await joinUsers(folder), await joinUsers(folder)]
  let isAlone = false
  const alone = outlastUsers(folder).then((lock) => {
    isAlone = true
    return lock
  })
  one.release()
  const another = await joinUsers(folder)
  other.release()
  expect(isAlone).toBe(false)
  another.release()
  await until(() => isAlone)
  ;(await alone).release()
})
