import type { Worker } from 'node:worker_threads'
import type { Parsed } from '../core/address/ip.js'
import type { CounterPair } from '../core/uptime/counters.js'
import type { Log } from '../log.js'
import type { AddressKey } from '../store/counters.js'
import { DatabaseUnavailable } from '../store/pool.js'
import type { FromWorker, Question, Reply, ToWorker, WorkerSetting } from './messages.js'
import type { CatalogPage, CatalogQuery } from './query.js'
import { startWorker } from './start-worker.js'

const ANSWER_TIMEOUT_MS = 4_000
const FIRST_RESTART_MS = 100
const LONGEST_RESTART_MS = 30_000
const END_TIMEOUT_MS = 3_000

/** A question that waits for its reply. */
interface Waiting {
  readonly question: Question
  settle(reply: Reply): void
}

/** The catalog's thread as seen from outside: questions over, replies back, a new thread where one ended. */
export class CatalogThread {
  isReady = false
  #worker: Worker
  #restartMs = FIRST_RESTART_MS
  #restart: NodeJS.Timeout | undefined
  #isClosing = false
  #lastNumber = 0
  readonly #waiting = new Map<number, Waiting>()

  constructor(
    private readonly setting: WorkerSetting,
    private readonly log: Log,
  ) {
    this.#worker = this.#start()
  }

  ask(query: CatalogQuery): Promise<Parsed<CatalogPage>> {
    return this.#ask({ kind: 'page', query }) as Promise<Parsed<CatalogPage>>
  }

  async strips(keys: readonly AddressKey[]): Promise<Map<string, CounterPair>> {
    if (keys.length === 0) return new Map()
    const plain = keys.map(({ siteId, ip }) => ({ siteId, ip }))
    return this.#ask({ kind: 'strips', keys: plain }) as Promise<Map<string, CounterPair>>
  }

  async close(): Promise<void> {
    this.#isClosing = true
    clearTimeout(this.#restart)
    for (const { settle } of [...this.#waiting.values()]) {
      settle({ failure: 'catalog: it was closed', isUnavailable: true })
    }
    if (this.#worker.threadId === -1) return
    const ended = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()))
    this.#post('end')
    const cut = setTimeout(() => void this.#worker.terminate(), END_TIMEOUT_MS)
    await ended
    clearTimeout(cut)
  }

  #ask(question: Question): Promise<unknown> {
    this.#lastNumber += 1
    const number = this.#lastNumber
    return new Promise((resolve, reject) => {
      const settle = (reply: Reply) => {
        clearTimeout(timer)
        this.#waiting.delete(number)
        if ('answer' in reply) resolve(reply.answer)
        else reject(toError(reply))
      }
      const late = { failure: `catalog: no answer in ${ANSWER_TIMEOUT_MS} ms`, isUnavailable: true }
      const timer = setTimeout(settle, ANSWER_TIMEOUT_MS, late)
      this.#waiting.set(number, { question, settle })
      if (this.isReady) this.#post({ number, question })
    })
  }

  #start(): Worker {
    const worker = startWorker(this.setting)
    worker.on('message', (message: FromWorker) => this.#hear(message))
    worker.on('error', (error) => this.log.error({ err: error }, 'the catalog failed'))
    worker.once('exit', () => this.#startAgain())
    return worker
  }

  #hear(message: FromWorker): void {
    if (message !== 'ready') {
      this.#waiting.get(message.number)?.settle(message.reply)
      return
    }
    this.isReady = true
    this.#restartMs = FIRST_RESTART_MS
    for (const [number, { question }] of this.#waiting) this.#post({ number, question })
  }

  /** What waits for a reply goes on waiting: the next thread is asked. */
  #startAgain(): void {
    this.isReady = false
    if (this.#isClosing) return
    this.log.warn(`the catalog's thread ended: it is started again in ${this.#restartMs} ms`)
    this.#restart = setTimeout(() => {
      this.#worker = this.#start()
    }, this.#restartMs)
    this.#restartMs = Math.min(2 * this.#restartMs, LONGEST_RESTART_MS)
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message)
  }
}

function toError({ failure, isUnavailable }: Exclude<Reply, { answer: unknown }>): Error {
  return isUnavailable ? new DatabaseUnavailable(failure) : new Error(failure)
}
