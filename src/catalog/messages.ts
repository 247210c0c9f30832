import type { Parsed } from '../core/address/ip.js'
import type { CounterPair } from '../core/uptime/counters.js'
import type { AddressKey } from '../store/counters.js'
import type { StoreAddress } from '../store/pool.js'
import type { CatalogPage, CatalogQuery } from './query.js'

/** What the worker is started with. */
export interface WorkerSetting {
  readonly address: StoreAddress
  readonly logLevel: string
}

export type Question =
  | { readonly kind: 'page'; readonly query: CatalogQuery }
  | { readonly kind: 'strips'; readonly keys: readonly AddressKey[] }

/** What came of a question, or why there is no answer. */
export type Reply =
  | { readonly answer: Parsed<CatalogPage> | Map<string, CounterPair> }
  | { readonly failure: string; readonly isUnavailable: boolean }

/** To the worker: a question with its number, or that it is to end. */
export type ToWorker = { readonly number: number; readonly question: Question } | 'end'

/** From the worker: that everything was read, or the reply to a question. */
export type FromWorker = { readonly number: number; readonly reply: Reply } | 'ready'
