import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Server } from 'node:https'

type Socket = IncomingMessage['socket']

/** First byte of a TLS record that holds a handshake (RFC 8446, 5.1). */
const TLS_HANDSHAKE = 22
const FIRST_BYTE_TIMEOUT_MS = 10_000
const PLAIN_TIMEOUT_MS = 5_000
const HOST = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:.]{2,45}\])(?::[0-9]{1,5})?$/

/**
 * Looks at the first byte of each connection: a TLS handshake goes on to the server, anything else
 * is told, in plain HTTP, to come back with https.
 */
export function answerPlainHttp(server: Server): void {
  const startTls = server.listeners('connection')
  const plain = createServer(sendToHttps)
  plain.timeout = PLAIN_TIMEOUT_MS
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    const giveUp = () => socket.destroy()
    socket.setTimeout(FIRST_BYTE_TIMEOUT_MS, giveUp)
    socket.on('error', giveUp)
    socket.once('data', (chunk: Buffer) => {
      socket.pause()
      socket.setTimeout(0)
      socket.off('timeout', giveUp)
      socket.unshift(chunk)
      if (chunk[0] === TLS_HANDSHAKE) for (const start of startTls) start.call(server, socket)
      else plain.emit('connection', socket)
      process.nextTick(() => socket.resume())
    })
  })
}

function sendToHttps(req: IncomingMessage, res: ServerResponse): void {
  const host = req.headers.host ?? ''
  const isRedirected = (req.method === 'GET' || req.method === 'HEAD') && HOST.test(host)
  const target = `https://${host}${req.url?.startsWith('/') ? req.url : '/'}`
  res.writeHead(isRedirected ? 307 : 400, {
    'Content-Type': 'text/plain; charset=utf-8',
    Connection: 'close',
    ...(isRedirected ? { Location: target } : {}),
  })
  res.end('ipspace speaks HTTPS only: put https:// in front of its address.\n')
}
