import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { UsageMistake } from './mistakes.js'

/** Asks on the terminal for one line that is not shown as it is typed. */
export function askSecretly(question: string): Promise<string> {
  process.stderr.write(question)
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: unseen, terminal: true })
  return new Promise((resolve, reject) => {
    lines.once('line', (line) => {
      process.stderr.write('\n')
      lines.removeAllListeners('close')
      lines.close()
      resolve(line)
    })
    lines.once('close', () => {
      process.stderr.write('\n')
      reject(new UsageMistake('no password was given: nothing was changed'))
    })
  })
}
