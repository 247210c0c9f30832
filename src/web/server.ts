import { createServer, type Server } from 'node:https'
import type { Duplex } from 'node:stream'
import { openCatalog } from '../catalog/catalog.js'
import type { Config } from '../config.js'
import type { Log } from '../log.js'
import type { Store, StoreAddress } from '../store/pool.js'
import { makeApp } from './app.js'
import { answerPlainHttp } from './one-port.js'
import { verifyPassword } from './password.js'
import { isEverywhere, readCertificate } from './tls.js'

const LIMITS = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
}
const HANDSHAKE_TIMEOUT_MS = 10_000
/** A reader who takes no byte for this long has gone. */
const SOCKET_TIMEOUT_MS = 60_000
const MOST_CONNECTIONS = 2_000
const MOST_HEADERS = 100
const CERTIFICATE_CHECK_MS = 3_600_000
const CLOSE_GRACE_MS = 5_000
const REFUSALS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

export interface WebServer {
  readonly url: string
  close(): Promise<void>
}

/** Serves the pages over HTTPS on the configured host and port; port 0 takes a free one. */
export async function startWeb(options: {
  readonly store: Store
  readonly address: StoreAddress
  readonly config: Config
  readonly log: Log
}): Promise<WebServer> {
  const { store, address, config, log } = options
  const certificate = await readCertificate(config, new Date())
  const catalog = openCatalog(address, log)
  const app = makeApp({ store, catalog, config, log })
  const tls = { minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_TIMEOUT_MS } as const
  const server = createServer({ ...certificate, ...tls, ...LIMITS }, app)
  server.maxConnections = MOST_CONNECTIONS
  server.maxHeadersCount = MOST_HEADERS
  server.setTimeout(SOCKET_TIMEOUT_MS)
  server.on('clientError', refuseConnection)
  answerPlainHttp(server)
  const renewal = setInterval(() => renew(server, config, log), CERTIFICATE_CHECK_MS).unref()
  const close = async () => {
    clearInterval(renewal)
    await closeServer(server)
    await catalog.close()
  }
  try {
    await listen(server, config)
  } catch (error) {
    await catalog.close()
    throw error
  }
  void verifyPassword(undefined, 'so that the first login takes as long as the second')
  return { url: urlOf(server, config.host), close }
}

/** A certificate that was replaced or is about to expire is taken up without a restart. */
async function renew(server: Server, config: Config, log: Log): Promise<void> {
  try {
    server.setSecureContext(await readCertificate(config, new Date()))
  } catch (error) {
    log.error({ err: error }, 'the certificate cannot be renewed')
  }
}

function listen(server: Server, { host, port }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Error(`web: cannot listen on ${host} port ${port}: ${cause.message}`, { cause })),
    )
    server.listen(port, host, resolve)
  })
}

/** A request that is none, or that came too slowly or too large, is told so before the line is cut. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  const status = REFUSALS[error.code ?? ''] ?? '400 Bad Request'
  if (socket.writable) socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
  socket.end(() => socket.destroy())
}

/** Answers what was asked already, then closes; who takes longer is cut off. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS)
  await closed
  clearTimeout(cut)
}

function urlOf(server: Server, host: string): string {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const name = isEverywhere(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `https://${name}:${port}/`
}
