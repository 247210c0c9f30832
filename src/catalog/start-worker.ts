import { Worker } from 'node:worker_threads'
import type { WorkerSetting } from './messages.js'

const COMPILED = new URL('./worker.js', import.meta.url)
const SOURCE = new URL('./worker.ts', import.meta.url)
const IS_SOURCE = import.meta.url.endsWith('.ts')

/** Rows pass through by the million and none stays: a larger nursery would only fill up. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 8 }

/** A thread does not inherit what reads TypeScript: it is given it before the source. */
const readSource = () => `
  import('${import.meta.resolve('tsx/esm/api')}').then(({ register }) => {
    register()
    return import('${SOURCE.href}')
  })
`

/** Starts the catalog's thread; also from the sources, as tests and `npm run dev` do. */
export function startWorker(workerData: WorkerSetting): Worker {
  const options = { workerData, resourceLimits: RESOURCE_LIMITS }
  return IS_SOURCE
    ? new Worker(readSource(), { ...options, eval: true })
    : new Worker(COMPILED, options)
}
