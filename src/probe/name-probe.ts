import type { Ip } from '../core/address/ip.js'
import type { NameAnswer, NameSource } from '../core/names/change.js'

/** One way to learn a name; all have this one signature. A failed probe is an answer, never thrown. */
export interface NameProbe {
  readonly source: NameSource
  ask(ip: Ip): Promise<NameAnswer>
  close(): void
}
