import { createReadStream } from 'node:fs'
import { cite } from '../core/address/cite.js'
import { formatNetwork } from '../core/address/network.js'
import { printable } from '../core/listing/printable.js'
import type { Candidate } from '../core/scan/admission.js'
import {
  type LineMistake,
  readNetworkTable,
  type TableNetwork,
} from '../core/scan/network-table.js'
import { describeCost } from '../core/scan/notice.js'
import { addNetworks } from '../store/networks.js'
import { listSites, type Site } from '../store/sites.js'
import { UsageMistake } from './mistakes.js'
import { whoAsks } from './pick.js'
import { withStore } from './with-store.js'

const MOST_BYTES = 5_000_000

/** Adds every network of a CSV file, or none and names each bad line. */
export async function importNetworks(file: string, options: { site?: string }): Promise<void> {
  const table = readNetworkTable(await readText(file))
  await withStore(async (store) => {
    const sites = await listSites(store)
    const named = table.networks.map((network) => settle(network, sites, options.site))
    const mistakes = [...table.mistakes, ...named.flatMap((n) => ('error' in n ? n : []))]
    if (mistakes.length > 0) throw new UsageMistake(describeMistakes(mistakes))
    const candidates = named.flatMap((n) => ('error' in n ? [] : n))
    const added = await addNetworks(store, candidates, whoAsks(), new Date())
    if (!added.ok) {
      const refused = added.mistakes.map(({ candidate, error }) => {
        const line = candidates.find((known) => known === candidate)!.line
        return { line, error }
      })
      throw new UsageMistake(describeMistakes(refused))
    }
    for (const { network, cost } of added.value) {
      const name = network.name === '' ? '' : ` (${printable(network.name)})`
      const text = `${formatNetwork(network)}${name}: ${describeCost(cost, network.sweepMinutes)}`
      process.stdout.write(`${text}\n`)
    }
    process.stdout.write(
      `Added ${added.value.length} networks. For the colleagues of each: ipspace networks notice NETWORK\n`,
    )
  })
}

/** The line's site: what it names, else what the command names, else the only one. */
function settle(
  { line, site: named, draft }: TableNetwork,
  sites: readonly Site[],
  standard: string | undefined,
): (Candidate & { readonly line: number }) | LineMistake {
  const name = named ?? standard ?? (sites.length === 1 ? sites[0]!.name : undefined)
  const site = sites.find((known) => known.name === name)
  if (site !== undefined) return { line, siteId: site.id, draft, origin: `line ${line}` }
  const choices = sites.map((known) => known.name).join(', ')
  return name === undefined
    ? { line, error: `there are several sites: name one in the column "site": ${choices}` }
    : { line, error: `there is no site ${cite(name)}: choose ${choices}` }
}

function describeMistakes(mistakes: readonly LineMistake[]): string {
  const lines = [...mistakes].sort((a, b) => a.line - b.line)
  return [...lines.map(({ line, error }) => `line ${line}: ${error}`), 'Nothing was added.'].join(
    '\n',
  )
}

async function readText(file: string): Promise<string> {
  const source = file === '-' ? process.stdin : createReadStream(file)
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > MOST_BYTES) break
    }
  } catch (error) {
    throw new UsageMistake(`${cite(file)} cannot be read: ${(error as Error).message}`)
  }
  if (bytes > MOST_BYTES) {
    throw new UsageMistake(`${cite(file)} has over ${MOST_BYTES} bytes: import it in parts`)
  }
  return decode(file, Buffer.concat(chunks))
}

function decode(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new UsageMistake(`${cite(file)} is not UTF-8: save it as "CSV UTF-8"`)
  }
}
