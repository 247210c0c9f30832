import { randomInt } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'

/** So many sockets are open at a time, each with a port that the kernel picks at random. */
const SOCKETS = 16
/** After so many questions a socket is replaced, so that its port tells nothing for long. */
const QUESTIONS_PER_SOCKET = 2_048
const IDS = 65_536
const RECEIVE_BYTES = 1_048_576

export interface Peer {
  readonly address: string
  readonly port: number
}

/** The reason is `timeout`, `nonsense` where only replies came that do not fit, or the system's word. */
export type Exchanged =
  | { readonly state: 'answered'; readonly reply: Buffer }
  | { readonly state: 'failed'; readonly reason: string }

interface Waiting {
  readonly isReply: (reply: Buffer) => boolean
  readonly end: (outcome: Exchanged) => void
  hadNonsense: boolean
}

/**
 * Questions and replies over UDP for every protocol whose messages begin with a 16-bit id: random ids
 * and source ports, and a reply counts only from whom was asked, with the id, and if it fits the question.
 */
export class UdpExchange {
  readonly #lines: (Line | undefined)[] = []
  #isClosed = false

  /** `makeMessage` is given the id; waits at most `timeoutMs`. */
  async ask(
    peer: Peer,
    makeMessage: (id: number) => Buffer,
    isReply: (reply: Buffer) => boolean,
    timeoutMs: number,
  ): Promise<Exchanged> {
    if (this.#isClosed) return { state: 'failed', reason: 'closed' }
    const line = this.#pickLine()
    return line.ask(peer, makeMessage, isReply, timeoutMs)
  }

  close(): void {
    this.#isClosed = true
    for (const line of this.#lines) line?.close()
  }

  #pickLine(): Line {
    const at = randomInt(SOCKETS)
    const line = this.#lines[at]
    if (line !== undefined && !line.isUsedUp) return line
    line?.retire()
    const fresh = new Line()
    this.#lines[at] = fresh
    return fresh
  }
}

/** One socket and the questions that wait on it. */
class Line {
  readonly #socket: Socket
  readonly #waiting = new Map<string, Waiting>()
  #asked = 0
  #isRetired = false

  constructor() {
    this.#socket = createSocket({ type: 'udp4' })
    this.#socket.on('message', (reply, { address, port }) => this.#hear(reply, address, port))
    this.#socket.on('error', (error) => this.#endAll(error.message))
    this.#socket.bind(0, () => {
      // Best effort: the kernel may grant less.
      try {
        this.#socket.setRecvBufferSize(RECEIVE_BYTES)
      } catch {}
    })
  }

  get isUsedUp(): boolean {
    return this.#asked >= QUESTIONS_PER_SOCKET
  }

  ask(
    peer: Peer,
    makeMessage: (id: number) => Buffer,
    isReply: (reply: Buffer) => boolean,
    timeoutMs: number,
  ): Promise<Exchanged> {
    this.#asked++
    const id = this.#freeId(peer)
    const key = keyOf(peer.address, peer.port, id)
    return new Promise((resolve) => {
      const end = (outcome: Exchanged) => {
        clearTimeout(timer)
        this.#waiting.delete(key)
        resolve(outcome)
        if (this.#isRetired && this.#waiting.size === 0) this.close()
      }
      const waiting: Waiting = { isReply, end, hadNonsense: false }
      const timer = setTimeout(
        () => end({ state: 'failed', reason: waiting.hadNonsense ? 'nonsense' : 'timeout' }),
        timeoutMs,
      )
      this.#waiting.set(key, waiting)
      this.#socket.send(makeMessage(id), peer.port, peer.address, (error) => {
        if (error) end({ state: 'failed', reason: (error as NodeJS.ErrnoException).code ?? 'send' })
      })
    })
  }

  /** Asks nothing more, and closes when the last answer is in. */
  retire(): void {
    this.#isRetired = true
    if (this.#waiting.size === 0) this.close()
  }

  close(): void {
    this.#isRetired = false
    this.#endAll('closed')
    try {
      this.#socket.close()
    } catch {
      // Closed before.
    }
  }

  #hear(reply: Buffer, address: string, port: number): void {
    if (reply.byteLength < 2) return
    const waiting = this.#waiting.get(keyOf(address, port, reply.readUInt16BE(0)))
    if (waiting === undefined) return
    if (waiting.isReply(reply)) waiting.end({ state: 'answered', reply })
    else waiting.hadNonsense = true
  }

  #endAll(reason: string): void {
    for (const waiting of [...this.#waiting.values()]) waiting.end({ state: 'failed', reason })
  }

  #freeId(peer: Peer): number {
    for (;;) {
      const id = randomInt(IDS)
      if (!this.#waiting.has(keyOf(peer.address, peer.port, id))) return id
    }
  }
}

function keyOf(address: string, port: number, id: number): string {
  return `${address}:${port}:${id}`
}
