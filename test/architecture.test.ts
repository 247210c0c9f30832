import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT_DIR } from '../src/config.js'

const ALL = ['core', 'probe', 'store', 'notify', 'catalog', 'cron', 'web', 'cli', 'config', 'log']

/** Who may import whom; a room may always import itself. */
const ARROWS: Record<string, readonly string[]> = {
  core: [],
  probe: ['core', 'config', 'log'],
  store: ['core', 'config', 'log'],
  notify: ['core', 'config', 'log'],
  catalog: ['core', 'store', 'config', 'log'],
  cron: ['core', 'probe', 'store', 'notify', 'config', 'log'],
  web: ['core', 'store', 'catalog', 'config', 'log'],
  cli: ALL,
  config: [],
  log: [],
}

/** The only places that may hold an outside thing: rooms, or single files. */
const HELD: Record<string, readonly string[]> = {
  mysql2: ['store'],
  express: ['web'],
  ejs: ['web'],
  helmet: ['web'],
  'express-session': ['web'],
  'node-nmap': ['probe'],
  'dns-packet': ['probe'],
  'node:dgram': ['probe'],
  'node:net': ['probe'],
  'net-snmp': ['probe'],
  'node:child_process': ['probe', 'notify', 'src/store/private-server.ts', 'cli'],
}

/** npm packages that the rules may use: none of them does I/O. */
const PURE_PACKAGES = ['re2js']

/** Inside core a folder may use those before it, never those after it. */
const CORE_ORDER = [
  'address',
  'listing',
  'uptime',
  'scan',
  'names',
  'reclaim',
  'discovery',
  'verification',
  'agents',
  'events',
]

interface Source {
  readonly file: string
  readonly room: string
  readonly imports: readonly string[]
}

const sources = ['src', 'cron'].flatMap(readSources)

test('there are sources to look at', () => {
  expect(sources.length).toBeGreaterThan(50)
  expect(new Set(sources.map((source) => source.room)).size).toBeGreaterThanOrEqual(7)
})

test.each(sources.map((source) => [source.file, source] as const))(
  '%s imports only what its room may',
  (_, source) => {
    for (const target of source.imports.filter((name) => name.startsWith('.'))) {
      const room = roomOf(path.join(path.dirname(source.file), target))
      const allowed = [source.room, ...(ARROWS[source.room] ?? [])]
      expect(allowed, `${source.file} imports ${target}`).toContain(room)
    }
  },
)

test.each(sources.map((source) => [source.file, source] as const))(
  '%s holds no outside thing of another room',
  (_, source) => {
    for (const name of source.imports.filter((it) => !it.startsWith('.'))) {
      const holders = HELD[packageOf(name)] ?? HELD[name]
      const isHeld =
        holders === undefined || holders.includes(source.room) || holders.includes(source.file)
      expect(isHeld, `${source.file} imports ${name}`).toBe(true)
      if (source.room === 'core')
        expect(PURE_PACKAGES, `${source.file} imports ${name}`).toContain(name)
    }
  },
)

test('inside core no folder uses one that comes after it', () => {
  for (const source of sources.filter((it) => it.room === 'core')) {
    for (const target of source.imports.filter((name) => name.startsWith('.'))) {
      const own = CORE_ORDER.indexOf(folderOf(source.file))
      const other = CORE_ORDER.indexOf(folderOf(path.join(path.dirname(source.file), target)))
      expect(other, `${source.file} imports ${target}`).toBeGreaterThanOrEqual(0)
      expect(other, `${source.file} imports ${target}`).toBeLessThanOrEqual(own)
    }
  }
})

test('no file imports itself by a circle', () => {
  const byFile = new Map(sources.map((source) => [source.file, source]))
  const done = new Set<string>()
  const walk = (file: string, trail: readonly string[]): void => {
    expect(trail, `a circle: ${[...trail, file].join(' > ')}`).not.toContain(file)
    if (done.has(file)) return
    for (const target of byFile.get(file)?.imports ?? []) {
      if (!target.startsWith('.')) continue
      walk(path.join(path.dirname(file), target).replace(/\.js$/, '.ts'), [...trail, file])
    }
    done.add(file)
  }
  for (const source of sources) walk(source.file, [])
})

test('no file is longer than 250 lines, and none is a barrel', () => {
  for (const { file } of sources) {
    const text = readFileSync(path.join(PROJECT_DIR, file), 'utf8')
    expect(text.split('\n').length, file).toBeLessThanOrEqual(250)
    expect(text, file).not.toMatch(/^export \* from/m)
  }
})

function readSources(folder: string): Source[] {
  const files = readdirSync(path.join(PROJECT_DIR, folder), { recursive: true, encoding: 'utf8' })
  return files
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.join(folder, name))
    .map((file) => ({ file, room: roomOf(file), imports: readImports(file) }))
}

/** Imports that exist at run time, and those that bring only types, which must keep to the arrows too. */
function readImports(file: string): string[] {
  const text = readFileSync(path.join(PROJECT_DIR, file), 'utf8')
  const found = text.matchAll(
    /(?:^|\n)(?:import|export)\s(?:[^'"]*?\sfrom\s)?'([^']+)'|import\('([^']+)'\)/g,
  )
  return [...found].map((match) => match[1] ?? match[2] ?? '')
}

function roomOf(file: string): string {
  const [first = '', second = ''] = file.split('/')
  return first === 'src' ? second.replace(/\.(ts|js)$/, '') : first
}

function folderOf(file: string): string {
  return file.split('/')[2] ?? ''
}

function packageOf(name: string): string {
  return name.startsWith('node:') || name.startsWith('@') ? name : (name.split('/')[0] ?? name)
}
