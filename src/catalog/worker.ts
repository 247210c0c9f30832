import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { openLog } from '../log.js'
import { DatabaseUnavailable, openStore } from '../store/pool.js'
import { Keeper } from './keeper.js'
import type { FromWorker, Question, Reply, ToWorker, WorkerSetting } from './messages.js'
import { answerQuery } from './question.js'
import { Remembered } from './remembered.js'
import { readStrips } from './strips.js'
import { Turns } from './turns.js'

const POLL_MS = 1_000
const CONNECTIONS = 3
/** At a million addresses an order takes 4 MiB: room for every column either way. */
const REMEMBERED_BYTES = 64 * 2 ** 20

const setting = workerData as WorkerSetting
const port = parentPort!
const log = openLog('catalog', setting.logLevel)
const store = openStore(setting.address, { connections: CONNECTIONS })
const turns = new Turns()
const keeper = new Keeper(store, turns)
const remembered = new Remembered(REMEMBERED_BYTES)
const ending = new AbortController()
const ended = once(ending.signal, 'abort')

port.on('message', (message: ToWorker) => {
  if (message === 'end') ending.abort()
  else void replyTo(message.question).then((reply) => say({ number: message.number, reply }))
})
await follow()
await store.close()
process.exit()

/** Takes in what is new every second, until the end. While the database is away, what is known stays. */
async function follow(): Promise<void> {
  let isReady = false
  let isTold = false
  while (!ending.signal.aborted) {
    try {
      await Promise.race([keeper.refresh(new Date()), ended])
      if (isTold) log.info('the catalog follows the database again')
      isTold = false
      if (!isReady && keeper.current !== undefined) say('ready')
      isReady = keeper.current !== undefined
    } catch (error) {
      if (!isTold) log.warn({ err: error }, 'the catalog cannot read the database: it tries on')
      isTold = true
    }
    await pause(POLL_MS, undefined, { signal: ending.signal }).catch(() => undefined)
  }
}

async function replyTo(question: Question): Promise<Reply> {
  try {
    if (keeper.current === undefined) throw new DatabaseUnavailable('catalog: nothing was read yet')
    const { snapshot, open } = keeper.current
    return question.kind === 'page'
      ? { answer: await turns.run(answerQuery(snapshot, question.query, remembered)) }
      : { answer: await readStrips(store, snapshot, open, question.keys) }
  } catch (error) {
    const isUnavailable = error instanceof DatabaseUnavailable
    if (!isUnavailable) log.error({ err: error }, 'a question to the catalog failed')
    return { failure: (error as Error).message, isUnavailable }
  }
}

function say(message: FromWorker): void {
  port.postMessage(message)
}
