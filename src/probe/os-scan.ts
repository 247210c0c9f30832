import nodeNmap from 'node-nmap'
import type { Ip } from '../core/address/ip.js'
import { renderTargets } from '../core/scan/plan.js'
import type { Spoiled } from './complaints.js'
import { DIES_WITH_PARENT, failed, followNmap } from './nmap-process.js'
import { type OsReply, OsReport } from './os-report.js'
import { readTargets, type TargetList } from './targets.js'

export interface OsRequest {
  /** Absolute. */
  readonly nmapPath: string
  /** Words put before nmap, such as setpriv dropping root to a user with ambient CAP_NET_RAW. */
  readonly launch: readonly string[]
  /** Each once. */
  readonly ips: readonly Ip[]
  /** Past it nmap is killed and the answer is `failed`. */
  readonly deadline: Date
  readonly signal: AbortSignal
}

/** Of a `told` run, those that are not among the replies did not answer an echo request. */
export type OsAnswer = { readonly state: 'told'; readonly replies: readonly OsReply[] } | Spoiled

/**
 * Ports that tell systems apart, those that are most likely open on one (nmap needs an open and a
 * closed one), and port 1, which is closed nearly everywhere.
 */
const PORTS = '1,22,23,80,135,139,443,445,515,548,631,3389,5900,8080,9100,62078'
/** One echo request first: nobody who is away is asked for more. */
const ARGUMENTS = [
  ...['--privileged', '-n', '-PE', '-O', '-p', PORTS, '--max-os-tries', '2', '--max-retries', '2'],
  ...['--max-rate', '200', '--host-timeout', '60s', '-oX', '-', '-iL', '-'],
]

/**
 * Asks some addresses what they run. It never throws for what nmap does, and answers only when the
 * process that it started is gone.
 */
export function detectSystems(request: OsRequest): Promise<OsAnswer> {
  const { ips } = request
  const cidrs = renderTargets([...ips].sort((a, b) => a - b).map((ip) => ({ first: ip, last: ip })))
  const lists = readTargets([cidrs], ips.length)
  if (!lists.ok) return Promise.resolve(failed(lists.error))
  const [targets] = lists.value
  if (targets === undefined) return Promise.resolve({ state: 'told', replies: [] })
  const scan = new OsScan(request, targets)
  return new Promise((resolve) => {
    scan.once('complete', (replies: readonly OsReply[]) => resolve({ state: 'told', replies }))
    scan.once('spoiled', resolve)
    scan.startScan()
  })
}

/**
 * node-nmap's scan with our own way to spawn, kill and parse. As it comes it loses any output that
 * holds the word "percent", dies on a port without a service, throws results away for any word on
 * standard error, swallows the program's uncaught exceptions and Ctrl-C, and leaves nmap orphaned.
 */
class OsScan extends nodeNmap.NmapScan {
  readonly #stop = new AbortController()

  constructor(
    private readonly request: OsRequest,
    private readonly targets: TargetList,
  ) {
    super(targets.lines, ARGUMENTS)
  }

  /** The targets go to standard input, where no process list shows them and no limit cuts them. */
  override commandConstructor(_range: readonly string[], additional: readonly string[]): void {
    this.command = [...additional]
  }

  /** The constructor calls this, before anybody could listen: nothing starts before startScan. */
  override initializeChildProcess(): void {}

  override startScan(): void {
    void this.#run().then((spoiled) => {
      if (spoiled !== undefined) this.emit('spoiled', spoiled)
    })
  }

  override killChild(): void {
    this.#stop.abort()
  }

  async #run(): Promise<Spoiled | undefined> {
    const { request, targets } = this
    const { launch, nmapPath, deadline } = request
    let givenUp: Spoiled | undefined
    const giveUp = (reason: string) => {
      givenUp ??= failed(reason)
      this.killChild()
    }
    const isStopped = () => giveUp('the asking was given up')
    const isLate = () => giveUp(`nmap did not end by ${deadline.toISOString()}`)
    const timer = setTimeout(isLate, Math.max(0, deadline.getTime() - Date.now()))
    if (request.signal.aborted) isStopped()
    request.signal.addEventListener('abort', isStopped)
    const report = new OsReport(targets)
    const command = [...launch, ...DIES_WITH_PARENT, nmapPath, ...this.command]
    const spoiled = await followNmap(command, targets, report, this.#stop.signal)
    clearTimeout(timer)
    request.signal.removeEventListener('abort', isStopped)
    if (givenUp !== undefined || spoiled !== undefined) return givenUp ?? spoiled
    this.scanComplete([...report.replies.values()])
    return undefined
  }
}
