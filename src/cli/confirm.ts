import { createInterface } from 'node:readline/promises'
import { printable } from '../core/listing/printable.js'
import { UsageMistake } from './mistakes.js'

/**
 * Goes on only where the person at the terminal types the name of what is to go. Without a terminal
 * the command must say `--yes`.
 */
export async function confirmByName(deed: string, name: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new UsageMistake(`${printable(deed)}: there is no terminal to ask on, so add --yes`)
  }
  const typed = await ask(`${printable(deed)}.\nType ${printable(name)} to go on: `)
  if (typed !== name) throw new UsageMistake(`that was not ${printable(name)}: nothing was removed`)
}

/** Ctrl-C and Ctrl-D close the terminal's lines: no answer. */
async function ask(question: string): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const closed = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)))
  try {
    return (await Promise.race([lines.question(question), closed]))?.trim()
  } finally {
    lines.close()
  }
}
