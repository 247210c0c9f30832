import {
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { prepareDataFolder } from '../../src/cli/data-folder.js'
import { lockForUp } from '../../src/cli/folder-lock.js'
import { readConfig } from '../../src/config.js'
import { makeFolder } from '../support/ipspace.js'

const isRoot = process.getuid?.() === 0

let parent: string
let remove: () => void
beforeEach(() => {
  ;({ folder: parent, remove } = makeFolder())
})
afterEach(() => remove())

function prepare(folder: string) {
  return prepareDataFolder(readConfig({ IPSPACE_DATA_DIR: folder }))
}

test('a new folder is closed to others, and belongs to whom the services run as', () => {
  const { dataDir } = prepare(path.join(parent, 'a', 'data'))
  const stat = statSync(dataDir)
  expect(stat.mode & 0o777).toBe(0o700)
  if (isRoot) expect(stat.uid).not.toBe(0)
  else expect(stat.uid).toBe(process.getuid?.())
  expect(statSync(path.join(dataDir, 'ipspace.lock')).uid).toBe(stat.uid)
})

test('an own folder that was opened is closed again', () => {
  const { dataDir } = prepare(path.join(parent, 'data'))
  chmodSync(dataDir, 0o755)
  prepare(dataDir)
  expect(statSync(dataDir).mode & 0o777).toBe(0o700)
})

test('a folder with other things in it is refused and stays as it is', () => {
  const folder = path.join(parent, 'home')
  mkdirSync(folder, { mode: 0o755 })
  writeFileSync(path.join(folder, 'letters.txt'), 'dear')
  expect(() => prepare(folder)).toThrow(/letters\.txt.*IPSPACE_DATA_DIR/)
  expect(statSync(folder).mode & 0o777).toBe(0o755)
})

test('a link to the folder is followed once and for all', () => {
  const { dataDir } = prepare(path.join(parent, 'data'))
  symlinkSync(dataDir, path.join(parent, 'link'))
  expect(prepare(path.join(parent, 'link')).dataDir).toBe(dataDir)
})

test('no link in the place of the lock file is followed', () => {
  const { dataDir } = prepare(path.join(parent, 'data'))
  const precious = path.join(parent, 'precious')
  writeFileSync(precious, 'as it was')
  rmSync(path.join(dataDir, 'ipspace.lock'))
  symlinkSync(precious, path.join(dataDir, 'ipspace.lock'))
  expect(() => lockForUp(dataDir)).toThrow('ELOOP')
  expect(readFileSync(precious, 'utf8')).toBe('as it was')
})
