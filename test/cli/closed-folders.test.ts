import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closedFolders, revealing } from '../../src/cli/closed-folders.js'
import { makeFolder } from '../support/ipspace.js'

const STRANGER = { uid: 65_534, gid: 65_534 }
const isRoot = process.getuid?.() === 0
if (!isRoot) console.warn('skipped: showing what lies in closed folders takes root')

let folder: string
let remove: () => void
beforeEach(() => {
  ;({ folder, remove } = makeFolder())
})
afterEach(() => remove())

test('the topmost closed folder is named once, with all that is needed below it', () => {
  const deep = path.join(folder, 'also closed', 'project')
  mkdirSync(deep, { recursive: true })
  chmodSync(path.dirname(deep), 0o700)
  const [one, two] = [path.join(deep, 'bin'), path.join(folder, 'data')]
  expect(closedFolders([one, two, '/usr/bin/node'], STRANGER)).toEqual([
    { folder, needed: [one, two] },
  ])
})

test('nothing is closed to who owns it, or where everybody may pass', () => {
  const own = { uid: process.getuid!(), gid: process.getgid!() }
  expect(closedFolders([path.join(folder, 'x')], own)).toEqual([])
  chmodSync(folder, 0o711)
  expect(closedFolders([path.join(folder, 'x')], STRANGER)).toEqual([])
  expect(revealing([])).toEqual([])
})

test.runIf(isRoot)(
  'a stranger sees what is needed of a closed folder, and nothing else of it',
  () => {
    const needed = path.join(folder, "it's a project; $(touch gone)")
    mkdirSync(needed)
    writeFileSync(path.join(needed, 'readme'), 'welcome')
    writeFileSync(path.join(folder, 'single file'), 'read me too')
    writeFileSync(path.join(folder, 'diary'), 'dear')
    const closed = closedFolders([needed, path.join(folder, 'single file')], STRANGER)
    const seen = spawnSync('unshare', [
      ...revealing(closed).slice(1),
      ...['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs', '--'],
      ...['sh', '-c', 'ls -1 "$1"; cat "$1/single file" "$2/readme"', 'sh', folder, needed],
    ])
    expect(seen.stderr.toString()).toBe('')
    expect(seen.stdout.toString()).toBe(
      "it's a project; $(touch gone)\nsingle file\nread me toowelcome",
    )
  },
)

test.runIf(isRoot)('the way in is open for that one command alone', () => {
  const needed = path.join(folder, 'project')
  mkdirSync(needed)
  const closed = closedFolders([needed], STRANGER)
  spawnSync('unshare', [...revealing(closed).slice(1), 'true'])
  const outside = spawnSync('ls', [needed], { uid: STRANGER.uid, gid: STRANGER.gid, cwd: '/' })
  expect(outside.stderr.toString()).toContain('Permission denied')
})
