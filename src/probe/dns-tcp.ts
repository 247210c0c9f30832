import { connect } from 'node:net'
import { formatIp } from '../core/address/ip.js'
import type { Resolver } from '../core/names/resolvers.js'

const MESSAGE_AT_MOST = 65_535
/** Connections at a time; whoever comes later waits. */
const CONNECTIONS = 32

let open = 0
const queue: (() => void)[] = []

/** One question over TCP (RFC 7766), for what was too long for UDP; undefined where no answer comes. */
export async function askOverTcp(
  { ip, port }: Resolver,
  message: Buffer,
  timeoutMs: number,
): Promise<Buffer | undefined> {
  if (open >= CONNECTIONS) await new Promise<void>((resolve) => queue.push(resolve))
  open++
  try {
    return await exchange(formatIp(ip), port, message, timeoutMs)
  } finally {
    open--
    queue.shift()?.()
  }
}

function exchange(
  host: string,
  port: number,
  message: Buffer,
  timeoutMs: number,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    let heard = Buffer.alloc(0)
    const end = (reply: Buffer | undefined) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(reply)
    }
    const timer = setTimeout(() => end(undefined), timeoutMs)
    socket.on('error', () => end(undefined))
    socket.on('close', () => end(undefined))
    socket.on('data', (piece) => {
      heard = Buffer.concat([heard, piece])
      if (heard.byteLength < 2) return
      const length = heard.readUInt16BE(0)
      if (heard.byteLength >= 2 + length) end(heard.subarray(2, 2 + length))
      else if (heard.byteLength > 2 + MESSAGE_AT_MOST) end(undefined)
    })
    const length = Buffer.alloc(2)
    length.writeUInt16BE(message.byteLength)
    socket.end(Buffer.concat([length, message]))
  })
}
