import { expect, test } from 'vitest'
import { ipspace, makeFolder, startIpspace } from '../support/ipspace.js'

test('--version prints the version of package.json, --help every command', async () => {
  const version = await ipspace(['--version'])
  expect(version).toMatchObject({ code: 0, stderr: '' })
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  const help = await ipspace(['--help'])
  expect(help.code).toBe(0)
  for (const name of ['up', 'web', 'scanner', 'sweep', 'networks', 'users', 'doctor', 'service']) {
    expect(help.stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'))
  }
})

test.each([
  ['a command that is not there', ['swep'], 'swep'],
  ['an option that is not there', ['networks', 'list', '--fast'], '--fast'],
  ['a missing argument', ['users', 'add'], 'name'],
  ['a role that is not there', ['users', 'add', 'x', '--role', 'king'], 'king'],
])('%s ends with 2 and is named', async (_what, args, named) => {
  const ended = await ipspace(args)
  expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(ended.stderr).toContain(named)
})

test('all mistakes of the configuration are named at once, without a stack', async () => {
  const env = { IPSPACE_PORT: '99999', IPSPACE_ENGINE: 'a b', IPSPACE_LOG_LEVEL: 'loud' }
  const ended = await ipspace(['config'], { env })
  expect(ended.code).toBe(2)
  for (const name of Object.keys(env)) expect(ended.stderr).toContain(name)
  expect(ended.stderr).not.toContain('at ')
})

test('the printed configuration hides its secrets', async () => {
  const env = {
    IPSPACE_DATABASE_URL: 'mysql://u:hushhush@db.example.net/ipspace',
    IPSPACE_ADMIN_PASSWORD: 'hushhush-hushhush',
  }
  const { code, stdout } = await ipspace(['config'], { env })
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ databaseUrl: '***', adminPassword: '***' })
  expect(stdout).not.toContain('hushhush')
})

test('a database URL without a database is refused with its shape', async () => {
  const ended = await ipspace(['config'], { env: { IPSPACE_DATABASE_URL: 'mysql://u:p@host' } })
  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain('mysql://user:password@host:3306/name')
})

test('a reader that has had enough is no failure', async () => {
  const running = startIpspace(['config'])
  running.process.stdout?.destroy()
  const code = await new Promise((resolve) => running.process.once('exit', resolve))
  expect(code).toBe(0)
  expect(running.stderr()).toBe('')
})

test('a part alone says that it needs a database', async () => {
  const { folder, remove } = makeFolder()
  for (const part of ['web', 'scanner']) {
    const ended = await ipspace([part], { env: { IPSPACE_DATA_DIR: folder } })
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain('IPSPACE_DATABASE_URL')
  }
  remove()
})
