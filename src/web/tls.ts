import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { hostname, networkInterfaces } from 'node:os'
import path from 'node:path'
import { generate } from 'selfsigned'
import type { Config } from '../config.js'

const DAY_MS = 86_400_000
/** Apple's devices take no certificate that is valid for longer. */
const VALID_DAYS = 825
const RENEWED_BEFORE_DAYS = 30
const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::', '*'])

export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** What the server shows: yours, or our own of the data folder, made or remade where it must be. */
export async function readCertificate(config: Config, now: Date): Promise<Certificate> {
  const { tlsCert, tlsKey } = config
  if (tlsCert !== undefined && tlsKey !== undefined) {
    return {
      cert: readGiven('IPSPACE_TLS_CERT', tlsCert),
      key: readGiven('IPSPACE_TLS_KEY', tlsKey),
    }
  }
  const file = path.join(config.dataDir, 'tls', 'certificate.pem')
  const names = namesFor(config.host)
  if (!existsSync(file) || !isFit(readFileSync(file, 'utf8'), names, now)) {
    keep(file, await make(names, now))
  }
  const both = readFileSync(file, 'utf8')
  return { cert: both, key: both }
}

/** The host's own names and addresses, so that no browser finds another one in the certificate. */
export function namesFor(host: string): string[] {
  const listening = isEverywhere(host) ? ownAddresses() : [host]
  return [...new Set(['localhost', '127.0.0.1', '::1', hostname(), ...listening])]
}

/** Whether a host to listen on stands for all addresses of the machine. */
export function isEverywhere(host: string): boolean {
  return EVERYWHERE.has(host)
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses = []) => addresses)
    .filter((address) => !address.internal && !address.address.startsWith('fe80:'))
    .map((address) => address.address)
}

function isFit(pem: string, names: readonly string[], now: Date): boolean {
  const certificate = new X509Certificate(pem)
  const goodUntil = Date.parse(certificate.validTo) - RENEWED_BEFORE_DAYS * DAY_MS
  const isNamed = (name: string) =>
    isAddress(name) ? certificate.checkIP(name) : certificate.checkHost(name)
  return now.getTime() < goodUntil && names.every((name) => isNamed(name) !== undefined)
}

async function make(names: readonly string[], now: Date): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: `ipspace on ${hostname()}` }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now.getTime() - DAY_MS),
    notAfterDate: new Date(now.getTime() + (VALID_DAYS - 1) * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: names.map(toAltName) },
    ],
  })
  return { cert: made.cert, key: made.private }
}

function toAltName(name: string): { type: 2; value: string } | { type: 7; ip: string } {
  return isAddress(name) ? { type: 7, ip: name } : { type: 2, value: name }
}

function isAddress(name: string): boolean {
  return /^[0-9.]+$/.test(name) || name.includes(':')
}

/** Key and certificate in one file, so that no crash can leave a pair that does not fit. */
function keep(file: string, { cert, key }: Certificate): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, `${key.trim()}\n${cert.trim()}\n`, { mode: 0o600 })
  renameSync(draft, file)
}

function readGiven(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Error(`web: ${variable} (${file}) cannot be read`, { cause })
  }
}
