import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { makeLab } from './lab.js'
import { isLabHere } from './lab-here.js'
import { namespacesOf, processesIn, until } from './watch.js'

describe.skipIf(!isLabHere('test/lab/lab-end.test.ts'))('the end of a lab', () => {
  test('ends what still runs inside', async () => {
    const lab = await makeLab()
    const [first = '', ...rest] = [...lab.launch, 'sleep', '1000']
    const sleeper = spawn(first, rest)
    const ended = once(sleeper, 'exit')
    await until(() => processesIn(lab.scanner) === 1)
    await lab.remove()
    expect(await ended).toEqual([null, 'SIGKILL'])
    expect(namespacesOf(process.pid)).toEqual([])
  })

  test('comes also when making it fails half-way', async () => {
    await expect(makeLab({ answering: ['10.1.0.1/16'] })).rejects.toThrow(/Invalid/)
    expect(namespacesOf(process.pid)).toEqual([])
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('comes with %s to its owner', async (signal) => {
    const owner = await startOwner()
    owner.kill(signal)
    expect(await once(owner, 'exit')).toEqual([null, signal])
    expect(namespacesOf(owner.pid)).toEqual([])
  })

  test('comes with the next lab when its owner was killed', async () => {
    const owner = await startOwner()
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    expect(namespacesOf(owner.pid)).toHaveLength(3)
    const next = await makeLab()
    expect(namespacesOf(owner.pid)).toEqual([])
    await next.remove()
  })

  test('leaves the labs of living owners alone', async () => {
    const owner = await startOwner()
    const next = await makeLab()
    expect(namespacesOf(owner.pid)).toHaveLength(3)
    await next.remove()
    owner.kill()
    await once(owner, 'exit')
  })
})

async function startOwner(): Promise<ChildProcess> {
  const lab = new URL('lab.ts', import.meta.url).pathname
  const script = `import { makeLab } from '${lab}'; await makeLab(); console.log('made'); setInterval(() => {}, 1000)`
  const owner = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script])
  onTestFinished(() => void owner.kill('SIGKILL'))
  await once(owner.stdout, 'data')
  return owner
}
