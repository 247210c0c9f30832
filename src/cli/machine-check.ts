import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync, statfsSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Config } from '../config.js'
import { checkNmap } from '../probe/nmap-rights.js'
import { type Finding, fail, ok, warn } from './finding.js'
import { nmapLaunch } from './privileges.js'
import { isRoot } from './service-user.js'

const OLDEST_NODE = [20, 20] as const
const DAY_MS = 86_400_000
const SOON_DAYS = 30
const MEGABYTES = { few: 2_048, tooFew: 256 }

/** What this machine brings along: programs, rights, disk and certificate. */
export async function checkMachine(config: Config): Promise<Finding[]> {
  return [
    checkNode(process.versions.node),
    await checkScanning(config),
    ...checkDataFolder(config.dataDir),
    ...checkCertificate(config, new Date()),
  ]
}

function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])
  return isOld
    ? fail(`Node ${version} is too old`, `install Node ${OLDEST_NODE.join('.')} or newer`)
    : ok(`Node ${version}`)
}

/** With the rights of whoever asks; the service may have more, and says so under "scanner". */
async function checkScanning(config: Config): Promise<Finding> {
  const answer = await checkNmap(config.nmapPath, nmapLaunch(config))
  if (answer.state === 'ready') return ok(`nmap ${answer.version} sends raw packets`)
  return isRoot()
    ? fail(answer.reason, answer.mend)
    : warn(`${answer.reason}, as this user`, answer.mend)
}

function checkDataFolder(dataDir: string): Finding[] {
  const folder = statSync(dataDir)
  const mode = folder.mode & 0o777
  const disk = statfsSync(dataDir)
  const megabytes = Math.floor((disk.bavail * disk.bsize) / 2 ** 20)
  return [
    mode === 0o700
      ? ok(`data folder: ${dataDir}, closed to others`)
      : fail(`the data folder ${dataDir} has mode ${mode.toString(8)}`, `chmod 700 ${dataDir}`),
    judgeDisk(dataDir, megabytes),
  ]
}

function judgeDisk(dataDir: string, megabytes: number): Finding {
  if (megabytes >= MEGABYTES.few) return ok(`disk: ${megabytes} MB free`)
  const what = `the disk of ${dataDir} has ${megabytes} MB free`
  const mend = 'make room: counting stops when the disk is full'
  return megabytes < MEGABYTES.tooFew ? fail(what, mend) : warn(what, mend)
}

function checkCertificate(config: Config, now: Date): Finding[] {
  const own = path.join(config.dataDir, 'tls', 'certificate.pem')
  const file = config.tlsCert ?? own
  if (!existsSync(file)) {
    return file === own
      ? [ok('certificate: made when the web starts')]
      : [fail(`the certificate ${file} is not there`, 'correct IPSPACE_TLS_CERT')]
  }
  const goodUntil = new Date(new X509Certificate(readFileSync(file)).validTo)
  const days = Math.floor((goodUntil.getTime() - now.getTime()) / DAY_MS)
  const mend = file === own ? 'start the web again: it makes a new one' : `renew ${file}`
  if (days < 0) return [fail(`the certificate ${file} expired ${-days} days ago`, mend)]
  return days < SOON_DAYS
    ? [warn(`the certificate ${file} expires in ${days} days`, mend)]
    : [ok(`certificate: good for ${days} days`)]
}
