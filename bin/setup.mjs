// Installs and builds what a fresh machine lacks, and nothing where nothing is lacking.
// Plain Node without a dependency: it runs before `npm ci` has.
// Usage: node bin/setup.mjs [--test]
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const PROJECT = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const OLDEST_NODE = [20, 20]
const SERVICE_USER = 'ipspace'
const APT_LOCK_SECONDS = 300

/** program, its Debian package, and what it is for: `run`, `database` (only without IPSPACE_DATABASE_URL), `test` */
const PROGRAMS = [
  ['nmap', 'nmap', 'run'],
  ['setpriv', 'util-linux', 'run'],
  ['unshare', 'util-linux', 'run'],
  ['flock', 'util-linux', 'run'],
  ['mount', 'mount', 'run'],
  ['ip', 'iproute2', 'run'],
  ['mariadbd', 'mariadb-server-core', 'database'],
  ['mariadb-install-db', 'mariadb-server-core', 'database'],
  ['my_print_defaults', 'mariadb-client-core', 'database'],
  ['fping', 'fping', 'test'],
  ['chromium', 'chromium', 'test'],
  ['faketime', 'faketime', 'test'],
  ['nft', 'nftables', 'test'],
  ['tc', 'iproute2', 'test'],
  ['ps', 'procps', 'test'],
  ['script', 'bsdutils', 'test'],
  ['dnsmasq', 'dnsmasq-base', 'test'],
  ['nmbd', 'samba', 'test'],
]

const forTests = process.argv.includes('--test')
const isRoot = process.getuid !== undefined && process.getuid() === 0
process.on('uncaughtException', (error) => stop(`the set-up failed: ${error.message}`))
process.umask(0o022)
process.chdir(PROJECT)

checkNode()
waitForOtherSetup()
await installPrograms()
await installModules()
await build()
if (isRoot) prepareServiceUser()

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return
  stop(`ipspace needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}`)
}

/** Of two that start at once, the second finds everything done. The lock goes with this process. */
function waitForOtherSetup() {
  const folder = fs.openSync('.', 'r')
  spawnSync('flock', ['3'], { stdio: ['ignore', 'ignore', 'ignore', folder] })
}

async function installPrograms() {
  const purposes = ['run', ...(needsDatabase() ? ['database'] : []), ...(forTests ? ['test'] : [])]
  const missing = PROGRAMS.filter(([name, , use]) => purposes.includes(use) && !isInstalled(name))
  if (missing.length === 0) return
  const names = missing.map(([name]) => name).join(', ')
  const packages = [...new Set(missing.map(([, name]) => name))]
  if (!isInstalled('apt-get')) {
    stop(`missing programs: ${names}. Install them, then start again.`)
  }
  if (!isRoot) {
    stop(
      `missing programs: ${names}. Install them with\n\n` +
        `  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(' ')}\n\n` +
        'then start again.',
    )
  }
  say(`missing programs: ${names}`)
  await refreshPackageLists()
  await runStep('apt-get', [
    ...aptOptions(),
    'install',
    '-y',
    '--no-install-recommends',
    ...packages,
  ])
  const still = missing.filter(([name]) => !isInstalled(name)).map(([name]) => name)
  if (still.length > 0) stop(`installed ${packages.join(' ')}, yet these are missing: ${still}`)
}

/** The tests bring a private server up in any case. */
function needsDatabase() {
  const inFile = /^IPSPACE_DATABASE_URL=./m.test(readIfThere('.env'))
  return forTests || (!inFile && (process.env.IPSPACE_DATABASE_URL || '') === '')
}

/** apt waits for the lock of dpkg when told so, but never for the lock of its lists. */
async function refreshPackageLists() {
  const giveUpAt = Date.now() + APT_LOCK_SECONDS * 1000
  for (;;) {
    const { code, output } = await runQuietly('apt-get', [...aptOptions(), 'update'])
    if (code === 0) return
    if (!/Could not get lock|Unable to lock/.test(output) || Date.now() > giveUpAt) {
      say('apt-get update failed; trying with the package lists that are there')
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 2000))
  }
}

function aptOptions() {
  return ['-q', '-o', `DPkg::Lock::Timeout=${APT_LOCK_SECONDS}`]
}

async function installModules() {
  const stampFile = path.join('node_modules', '.ipspace-setup')
  const stamp = hashOf([process.platform, process.arch, fs.readFileSync('package-lock.json')])
  if (readIfThere(stampFile) === stamp) return
  // No dependency needs its install script: what is native comes prebuilt inside its package.
  const args = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund']
  const npm = process.env.npm_execpath
  if (npm) await runStep(process.execPath, [npm, ...args], 'npm ci')
  else await runStep('npm', args, 'npm ci')
  fs.writeFileSync(stampFile, stamp)
}

/** A running instance goes on reading the old dist until the new one is whole. */
async function build() {
  const sources = ['src', 'cron'].flatMap(listFiles)
  const configuration = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json']
  const stamp = hashOf(
    [...configuration, ...sources].flatMap((file) => [file, fs.readFileSync(file)]),
  )
  if (readIfThere(path.join('dist', '.ipspace-build')) === stamp) return
  const fresh = path.join('dist', '.new')
  const old = path.join('dist', '.old')
  for (const leftover of [fresh, old]) fs.rmSync(leftover, { recursive: true, force: true })
  const tsc = path.join('node_modules', 'typescript', 'bin', 'tsc')
  await runStep(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh], 'build')
  fs.mkdirSync(old)
  for (const folder of fs.readdirSync(fresh)) {
    const target = path.join('dist', folder)
    if (fs.existsSync(target)) fs.renameSync(target, path.join(old, folder))
    fs.renameSync(path.join(fresh, folder), target)
  }
  for (const leftover of [fresh, old]) fs.rmSync(leftover, { recursive: true, force: true })
  fs.writeFileSync(path.join('dist', '.ipspace-build'), stamp)
}

/** Started as root, ipspace runs its services as this user, who must be able to read the program. */
function prepareServiceUser() {
  if (spawnSync('id', ['-u', SERVICE_USER]).status !== 0) {
    const args = ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin']
    const made = spawnSync('useradd', [...args, SERVICE_USER], { encoding: 'utf8' })
    if (made.status !== 0) stop(`cannot make the system user ${SERVICE_USER}: ${made.stderr}`)
    say(`made the system user ${SERVICE_USER}`)
  }
  const programs = ['bin', 'dist', 'node_modules', 'public', 'sql', 'views', 'package.json']
  const closed = programs.filter((name) => fs.existsSync(name) && isClosed(name))
  if (closed.length === 0) return
  spawnSync('chmod', ['-R', 'go+rX', ...closed])
  say(`opened for reading by ${SERVICE_USER}: ${closed.join(', ')}`)
}

/** A clone made under umask 077 is closed throughout, so its first entries tell. */
function isClosed(name) {
  const stat = fs.statSync(name)
  if (!stat.isDirectory()) return (stat.mode & 0o004) === 0
  if ((stat.mode & 0o005) !== 0o005) return true
  return fs.readdirSync(name).some((entry) => {
    const inner = fs.lstatSync(path.join(name, entry))
    const wanted = inner.isDirectory() ? 0o005 : 0o004
    return !inner.isSymbolicLink() && !entry.startsWith('.') && (inner.mode & wanted) !== wanted
  })
}

async function runStep(command, args, title = command) {
  say(`${title} ...`)
  const began = Date.now()
  const { code, output } = await runQuietly(command, args)
  if (code !== 0) stop(`${output.trimEnd()}\n\nipspace: "${title}" ended with ${code}`)
  say(`${title}: done in ${Math.round((Date.now() - began) / 1000)} s`)
}

/** Collects what the program says; a terminal sees its last line as it goes. */
function runQuietly(command, args) {
  return new Promise((resolve) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
    let output = ''
    const take = (chunk) => {
      output += chunk
      const line = output.trimEnd().split('\n').pop() || ''
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K  ${line.slice(0, 76)}`)
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', (error) => resolve({ code: -1, output: `${output}${error.message}` }))
    child.on('close', (code) => {
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
      resolve({ code, output })
    })
  })
}

function isInstalled(program) {
  const folders = `${process.env.PATH || ''}:/usr/local/sbin:/usr/sbin:/sbin`.split(':')
  return folders.some((folder) => folder !== '' && fs.existsSync(path.join(folder, program)))
}

function listFiles(folder) {
  const entries = fs.readdirSync(folder, { withFileTypes: true })
  return entries
    .flatMap((entry) => {
      const name = path.join(folder, entry.name)
      return entry.isDirectory() ? listFiles(name) : [name]
    })
    .sort()
}

function readIfThere(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
}

function hashOf(parts) {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex')
}

function say(line) {
  process.stderr.write(`ipspace: ${line}\n`)
}

function stop(message) {
  process.stderr.write(`ipspace: ${message}\n`)
  process.exit(1)
}
