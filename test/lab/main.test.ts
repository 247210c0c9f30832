import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isLabHere } from './lab-here.js'
import { namespacesOf, until } from './watch.js'

describe.skipIf(!isLabHere('test/lab/main.test.ts'))('the lab command', () => {
  const main = new URL('main.ts', import.meta.url).pathname

  test('runs a command inside, gives its exit code, and leaves nothing', async () => {
    const ping = 'fping -r 0 -t 300 10.1.0.5 10.1.0.9 10.255.0.9; exit 7'
    const args = ['--answer', '10.1.0.0/29', '--silent', '10.1.0.0/16', '--host', '10.255.0.9']
    const { stdout, stderr, status, pid } = spawnSync(
      process.execPath,
      ['--import', 'tsx', main, ...args, '--', 'sh', '-c', ping],
      { encoding: 'utf8' },
    )
    expect(stdout).toBe('10.1.0.5 is alive\n10.255.0.9 is alive\n10.1.0.9 is unreachable\n')
    expect(stderr).toMatch(/^lab: scanner 10\.255\.0\.2 in ipspace-lab-/m)
    expect(status).toBe(7)
    expect(namespacesOf(pid)).toEqual([])
  })

  test('lets the command end in its own order when it is told to stop', async () => {
    const script = 'trap "echo in order; exit 3" TERM; echo ready; while :; do sleep 0.1; done'
    const child = spawn(process.execPath, ['--import', 'tsx', main, '--', 'sh', '-c', script])
    onTestFinished(() => void child.kill('SIGKILL'))
    let said = ''
    child.stdout.on('data', (chunk) => {
      said += chunk
    })
    await until(() => said.includes('ready'))
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([3, null])
    expect(said).toBe('ready\nin order\n')
    expect(namespacesOf(child.pid)).toEqual([])
  })

  test.each([[[]], [['--loss', '5']], [['--nonsense', '--', 'true']]])(
    'refuses %j and shows how it is used',
    (args) => {
      const run = spawnSync(process.execPath, ['--import', 'tsx', main, ...args])
      expect(run.status).toBe(2)
      expect(String(run.stderr)).toContain('-- COMMAND...')
    },
  )
})
