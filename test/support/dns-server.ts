import { createSocket } from 'node:dgram'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** A question as it came: the id, the name in small letters, the type, and its bytes. */
export interface Asked {
  readonly id: number
  readonly name: string
  readonly type: number
  readonly question: Buffer
  readonly isTcp: boolean
}

/** The messages to send back, in order; none is silence. */
export type Answerer = (asked: Asked) => readonly Buffer[]

export interface LoopbackDns {
  readonly port: number
  /** Questions that came so far. */
  readonly asked: readonly Asked[]
  answerer: Answerer
  close(): Promise<void>
}

/** A DNS server on 127.0.0.1, over UDP and TCP, that says whatever a test wants. */
export async function startLoopbackDns(answerer: Answerer): Promise<LoopbackDns> {
  const asked: Asked[] = []
  const udp = createSocket('udp4')
  const server = { port: 0, asked, answerer, close }
  udp.on('message', (message, from) => {
    const question = readQuestion(message, false)
    asked.push(question)
    for (const reply of server.answerer(question)) udp.send(reply, from.port, from.address)
  })
  const sockets = new Set<Socket>()
  const tcp = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', (data) => {
      const question = readQuestion(data.subarray(2), true)
      asked.push(question)
      for (const reply of server.answerer(question)) {
        const length = Buffer.alloc(2)
        length.writeUInt16BE(reply.byteLength)
        socket.write(Buffer.concat([length, reply]))
      }
    })
  })
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve))
  server.port = (tcp.address() as AddressInfo).port
  await new Promise<void>((resolve, reject) => {
    udp.once('error', reject)
    udp.bind(server.port, '127.0.0.1', resolve)
  })
  async function close(): Promise<void> {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((resolve) => udp.close(resolve))
    await new Promise<void>((resolve) => tcp.close(() => resolve()))
  }
  return server
}

export interface MadeReply {
  readonly id?: number
  readonly rcode?: number
  readonly flags?: number
  readonly question?: Buffer
  /** Each a whole resource record. */
  readonly answers?: readonly Buffer[]
  readonly authorities?: readonly Buffer[]
}

/** A reply to a question; everything about it can be made wrong. */
export function makeReply(asked: Asked, made: MadeReply): Buffer {
  const { answers = [], authorities = [] } = made
  const head = Buffer.alloc(12)
  head.writeUInt16BE(made.id ?? asked.id, 0)
  head.writeUInt16BE(0x8180 | (made.rcode ?? 0) | (made.flags ?? 0), 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(answers.length, 6)
  head.writeUInt16BE(authorities.length, 8)
  return Buffer.concat([head, made.question ?? asked.question, ...answers, ...authorities])
}

export const TYPE = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12 } as const

/** A record about the question's own name (a pointer to byte 12), or about another. */
export function makeRecord(type: number, data: Buffer, ttl = 300, owner?: Buffer): Buffer {
  const head = Buffer.alloc(10)
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(1, 2)
  head.writeUInt32BE(ttl, 4)
  head.writeUInt16BE(data.byteLength, 8)
  return Buffer.concat([owner ?? Buffer.from([0xc0, 12]), head, data])
}

/** A name on the wire, from its labels as text or bytes. */
export function wireName(...labels: readonly (string | Uint8Array)[]): Buffer {
  const parts = labels.map((label) => Buffer.from(label as Uint8Array))
  return Buffer.concat([...parts.flatMap((part) => [Buffer.from([part.length]), part]), EMPTY])
}

const EMPTY = Buffer.from([0])

function readQuestion(message: Buffer, isTcp: boolean): Asked {
  const labels: string[] = []
  let at = 12
  for (let length = message[at]!; length > 0; length = message[at]!) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return {
    id: message.readUInt16BE(0),
    name: labels.join('.').toLowerCase(),
    type: message.readUInt16BE(at + 1),
    question: message.subarray(12, at + 5),
    isTcp,
  }
}
