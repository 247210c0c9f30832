import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname, networkInterfaces, tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readConfig } from '../../src/config.js'
import { namesFor, readCertificate } from '../../src/web/tls.js'

const folder = mkdtempSync(path.join(tmpdir(), 'ipspace-tls-'))
afterAll(() => rmSync(folder, { recursive: true }))

const NOW = new Date('2026-03-01T12:00:00Z')
const DAY_MS = 86_400_000
const configFor = (name: string, more: Record<string, string> = {}) =>
  readConfig({ IPSPACE_DATA_DIR: path.join(folder, name), ...more })

test('the first start makes a certificate for this machine, with a key that only its user can read', async () => {
  const { cert } = await readCertificate(configFor('new'), NOW)
  const certificate = new X509Certificate(cert)
  for (const name of ['localhost', hostname()]) expect(certificate.checkHost(name)).toBeDefined()
  for (const address of ['127.0.0.1', '::1']) expect(certificate.checkIP(address)).toBeDefined()
  expect(certificate.ca).toBe(false)
  expect(certificate.publicKey.asymmetricKeyType).toBe('ec')
  const days = (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / DAY_MS
  expect(days).toBeLessThanOrEqual(825)
  const file = path.join(folder, 'new', 'tls', 'certificate.pem')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700)
})

test('it stays while it fits, and is remade when a name is missing or it is about to expire', async () => {
  const config = configFor('kept')
  const first = await readCertificate(config, NOW)
  expect(await readCertificate(config, NOW)).toEqual(first)
  expect(await readCertificate(config, new Date(NOW.getTime() + 700 * DAY_MS))).toEqual(first)
  const renewed = await readCertificate(config, new Date(NOW.getTime() + 800 * DAY_MS))
  expect(renewed).not.toEqual(first)
  const named = await readCertificate(configFor('kept', { IPSPACE_HOST: '192.0.2.7' }), NOW)
  expect(new X509Certificate(named.cert).checkIP('192.0.2.7')).toBeDefined()
})

test.each(['0.0.0.0', '::'])(
  'listening on %s, it holds the addresses of the machine',
  async (host) => {
    const { cert } = await readCertificate(configFor('everywhere', { IPSPACE_HOST: host }), NOW)
    const own = Object.values(networkInterfaces()).flatMap((it = []) =>
      it.filter((a) => !a.internal),
    )
    for (const { address } of own.filter((it) => !it.address.startsWith('fe80:'))) {
      expect(new X509Certificate(cert).checkIP(address)).toBeDefined()
    }
    expect(namesFor(host)).not.toContain(host)
  },
)

test('yours is taken as it is, and one that is not there is named by its variable', async () => {
  const own = await readCertificate(configFor('own'), NOW)
  const files = {
    IPSPACE_TLS_CERT: path.join(folder, 'c.pem'),
    IPSPACE_TLS_KEY: path.join(folder, 'k.pem'),
  }
  writeFileSync(files.IPSPACE_TLS_CERT, own.cert)
  await expect(readCertificate(configFor('given', files), NOW)).rejects.toThrow(
    /IPSPACE_TLS_KEY.*k\.pem/,
  )
  writeFileSync(files.IPSPACE_TLS_KEY, own.key)
  expect(await readCertificate(configFor('given', files), NOW)).toEqual(own)
})
