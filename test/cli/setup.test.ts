import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PROJECT_DIR } from '../../src/config.js'
import { makeFolder } from '../support/ipspace.js'

const NOBODY = { uid: 65_534, gid: 65_534 }
const SOURCES = ['bin', 'src', 'cron', 'sql', 'package.json', 'package-lock.json'] as const
const isRoot = process.getuid?.() === 0

let folder: string
let remove: () => void
beforeEach(() => {
  ;({ folder, remove } = makeFolder())
})
afterEach(() => remove())

/** A clone with its dependencies installed, as a first start leaves it, and its setup. */
function makeClone() {
  for (const name of [...SOURCES, 'tsconfig.json', 'tsconfig.build.json']) {
    cpSync(path.join(PROJECT_DIR, name), path.join(folder, name), { recursive: true })
  }
  symlinkSync(path.join(PROJECT_DIR, 'node_modules'), path.join(folder, 'node_modules'))
  const setUp = (options: { env?: NodeJS.ProcessEnv; uid?: number; gid?: number } = {}) =>
    spawnSync(process.execPath, ['bin/setup.mjs'], { cwd: folder, encoding: 'utf8', ...options })
  return { setUp }
}

test('it builds what is not built, then says and does nothing until a source changes', () => {
  const { setUp } = makeClone()
  expect(setUp()).toMatchObject({ status: 0 })
  const built = path.join(folder, 'dist', 'src', 'core', 'address', 'ip.js')
  expect(existsSync(built)).toBe(true)
  expect(setUp()).toMatchObject({ status: 0, stdout: '', stderr: '' })
  const source = path.join(folder, 'src', 'core', 'address', 'ip.ts')
  writeFileSync(source, `${readFileSync(source, 'utf8')}\nexport const ADDED = 1\n`)
  expect(setUp().stderr).toContain('build: done')
  expect(readFileSync(built, 'utf8')).toContain('ADDED')
})

test('a build that fails keeps the last good one, and is told', () => {
  const { setUp } = makeClone()
  setUp()
  const built = path.join(folder, 'dist', 'src', 'core', 'address', 'ip.js')
  const before = readFileSync(built, 'utf8')
  writeFileSync(path.join(folder, 'src', 'core', 'address', 'ip.ts'), 'const broken: number = "x"')
  const answer = setUp()
  expect(answer.status).toBe(1)
  expect(answer.stderr).toContain('ip.ts')
  expect(readFileSync(built, 'utf8')).toBe(before)
})

test('a command that is not built yet says how to get it', () => {
  makeClone()
  const answer = spawnSync(path.join(folder, 'bin', 'ipspace'), ['--version'], { encoding: 'utf8' })
  expect(answer.status).toBe(1)
  expect(answer.stderr).toContain('npm start')
})

test.runIf(isRoot)('who may not install is told the exact command, and nothing is done', () => {
  const { setUp } = makeClone()
  const programs = path.join(folder, 'programs')
  cpSync('/bin/true', path.join(programs, 'apt-get'))
  chmodSync(folder, 0o755)
  const answer = setUp({ env: { PATH: programs }, ...NOBODY })
  expect(answer.status).toBe(1)
  expect(answer.stderr).toMatch(/sudo apt-get install -y --no-install-recommends .*\bnmap\b/)
  expect(answer.stderr).toContain('mariadb-server-core')
  expect(existsSync(path.join(folder, 'dist'))).toBe(false)
  const withOwn = setUp({ env: { PATH: programs, IPSPACE_DATABASE_URL: 'mysql://h/n' }, ...NOBODY })
  expect(withOwn.stderr).not.toContain('mariadb')
})

test.runIf(isRoot)(
  'a clone made under umask 077 is opened for the service user, its .env is not',
  () => {
    const { setUp } = makeClone()
    for (const name of ['bin', 'sql']) spawnSync('chmod', ['-R', 'go-rwx', path.join(folder, name)])
    writeFileSync(path.join(folder, '.env'), 'IPSPACE_PORT=1\n', { mode: 0o600 })
    expect(setUp().stderr).toContain('opened for reading by ipspace: bin, sql')
    const readable = (file: string) =>
      spawnSync('test', ['-r', path.join(folder, file)], { ...NOBODY, cwd: '/' }).status === 0
    chmodSync(folder, 0o755)
    expect([readable('bin/ipspace'), readable('sql'), readable('.env')]).toEqual([
      true,
      true,
      false,
    ])
  },
)
