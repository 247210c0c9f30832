/** What nmap kept of one address that answered. */
export interface Answer {
  readonly ip: number
  readonly rttUs: number | undefined
  readonly ttl: number | undefined
  readonly mac: number | undefined
}
