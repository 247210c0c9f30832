import { chmodSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** Puts `fake-nmap-MODE` into a folder and answers its path; the modes are in fake-nmap.mjs. */
export function makeFakeNmap(folder: string, mode: string): string {
  return makeFake(folder, 'fake-nmap', mode)
}

/** The same for `nmap -O`; the modes are in fake-os-nmap.mjs. */
export function makeFakeOsNmap(folder: string, mode: string): string {
  return makeFake(folder, 'fake-os-nmap', mode)
}

function makeFake(folder: string, name: string, mode: string): string {
  const fake = path.join(import.meta.dirname, `${name}.mjs`)
  const file = path.join(folder, `${name}-${mode}`)
  // By this very Node: the path that nmap runs with need not lead to one.
  writeFileSync(file, `#!${process.execPath}\nimport(${JSON.stringify(fake)})\n`)
  chmodSync(file, 0o755)
  return file
}
