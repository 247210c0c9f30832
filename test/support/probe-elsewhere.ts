import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import type { ProbeRequest } from '../../src/probe/nmap.js'

const PROBE = path.join(import.meta.dirname, '../../src/probe/nmap.ts')

/** Another Node that runs one probe and nothing else, so that it can be killed. */
export function probeElsewhere(request: ProbeRequest): ChildProcess {
  const script = `import { probe } from ${JSON.stringify(PROBE)}
    const request = ${JSON.stringify(request)}
    await probe({ ...request, deadline: new Date(request.deadline) })`
  const args = ['--import', 'tsx', '--input-type=module', '-e', script]
  return spawn(process.execPath, args, { stdio: 'ignore' })
}
