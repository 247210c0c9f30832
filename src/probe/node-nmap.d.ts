declare module 'node-nmap' {
  import type { EventEmitter } from 'node:events'

  /** Of version 4.0; its constructor calls commandConstructor and initializeChildProcess. */
  class NmapScan extends EventEmitter {
    constructor(range: readonly string[], inputArguments: readonly string[])
    command: string[]
    error: string | null
    scanResults: unknown
    commandConstructor(range: readonly string[], additionalArguments: readonly string[]): void
    initializeChildProcess(): void
    startScan(): void
    killChild(): void
    cancelScan(): void
    scanComplete(results: unknown): void
    rawDataHandler(data: string): void
  }

  const nmap: { readonly NmapScan: typeof NmapScan }
  export default nmap
}
