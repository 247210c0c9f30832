import { chmodSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const FAKE = path.join(import.meta.dirname, 'fake-nmap.mjs')

/** Puts `fake-nmap-MODE` into a folder and answers its path; the modes are in fake-nmap.mjs. */
export function makeFakeNmap(folder: string, mode: string): string {
  const file = path.join(folder, `fake-nmap-${mode}`)
  // By this very Node: the path that nmap runs with need not lead to one.
  writeFileSync(file, `#!${process.execPath}\nimport(${JSON.stringify(FAKE)})\n`)
  chmodSync(file, 0o755)
  return file
}
