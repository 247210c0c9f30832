/** A run that must not be counted: through an outage of our own, or because it cannot be believed. */
export interface Spoiled {
  readonly state: 'blind' | 'failed'
  readonly reason: string
}

/** Of lines that are not known as harmless; a sweep in order has none. */
const BYTES_AT_MOST = 65_536
const LINE_AT_MOST = 240

/** Our own network: nmap goes on after these, exits with 0, and what it could not send counts as silence. */
const OUTAGE =
  /\bsendto\b|\beth_send\b|failed to determine route|network is (unreachable|down)|no route to host/i
const SPOILING =
  /fail|error|unable|cannot|couldn't|could not|not root|quitting|denied|not permitted/i
/** nmap's chatter that has no bearing on who answers. */
const HARMLESS =
  /nmap-(mac-prefixes|services|payloads)|^RTTVAR has grown|appropriate interface for system route|--min-hostgroup/

/**
 * Reads what nmap, and whatever launches it, says on standard error. Only lines that report
 * something wrong spoil a run: libraries under nmap also write warnings of their own there.
 */
export class Complaints {
  spoiled: Spoiled | undefined
  #weighed = 0
  #rest = ''

  write(chunk: string): void {
    if (this.spoiled !== undefined) return
    const lines = (this.#rest + chunk).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#weigh(line)
    if (this.#weighed + this.#rest.length > BYTES_AT_MOST) {
      this.#spoil('failed', 'nmap floods its standard error', lines[0] ?? this.#rest)
    }
  }

  close(): void {
    this.#weigh(this.#rest)
  }

  #weigh(line: string): void {
    if (HARMLESS.test(line)) return
    this.#weighed += line.length
    if (OUTAGE.test(line)) this.#spoil('blind', 'nmap could not send', line)
    else if (SPOILING.test(line)) this.#spoil('failed', 'nmap complains', line)
  }

  #spoil(state: Spoiled['state'], what: string, line: string): void {
    this.spoiled ??= { state, reason: `${what}: ${clean(line)}` }
  }
}

/** One line that is safe in a log, a page and a terminal. */
export function clean(text: string): string {
  const line = text.trim().replace(/[^\x20-\x7e]+/g, '?')
  return line.length > LINE_AT_MOST ? `${line.slice(0, LINE_AT_MOST)}...` : line
}
