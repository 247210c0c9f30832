import type { Config } from '../config.js'
import { draftNetwork, type NetworkDraft } from '../core/scan/network-draft.js'
import { addNetworks, listNetworks, type Network } from '../store/networks.js'
import type { Store } from '../store/pool.js'
import { addFirstUser } from '../store/users.js'
import { hashPassword } from '../web/password.js'
import { UsageMistake } from './mistakes.js'
import { printNotice } from './notice.js'
import { generatePassword } from './password.js'
import { pickSite, whoAsks } from './pick.js'

/** Watched where nothing else is: this machine's own loopback addresses. */
export const DEFAULT_NETWORK = '127.0.0.0/28'

const FIRST_USER = 'admin'

/** The networks of the command line; throws a UsageMistake that names every mistake. */
export function draftNetworks(texts: readonly string[]): NetworkDraft[] {
  const drafted = texts.map((text) => draftNetwork({ network: text }))
  const mistakes = drafted.flatMap((each) => (each.ok ? [] : each.mistakes))
  if (mistakes.length > 0) throw new UsageMistake(mistakes.map(({ error }) => error).join('\n'))
  return drafted.flatMap((each) => (each.ok ? [each.value] : []))
}

/**
 * Adds those of `drafts` that are not watched yet, with their notice, all or none; and this
 * machine's own addresses where nothing at all would be watched. Answers what is watched then.
 */
export async function watchNetworks(
  store: Store,
  drafts: readonly NetworkDraft[],
  siteName: string | undefined,
): Promise<Network[]> {
  const known = await listNetworks(store)
  if (drafts.length === 0 && known.length > 0) return known
  const site = await pickSite(store, siteName)
  const wanted = drafts.length > 0 ? drafts : draftNetworks([DEFAULT_NETWORK])
  const fresh = wanted.filter(
    (draft) => !known.some((n) => n.siteId === site.id && isSame(n, draft)),
  )
  const candidates = fresh.map((draft) => ({ siteId: site.id, draft }))
  const added = await addNetworks(store, candidates, whoAsks(), new Date())
  if (!added.ok) throw new UsageMistake(added.mistakes.map(({ error }) => error).join('\n'))
  for (const { network } of drafts.length > 0 ? added.value : []) await printNotice(store, network)
  return listNetworks(store)
}

/** The first administrator's name, and the password that nobody but the caller can tell. */
export interface FirstLogin {
  readonly name: string
  readonly password: string
  readonly isGenerated: boolean
}

/** Makes the first administrator where there is no user at all; the password is to be changed at the first login. */
export async function makeFirstUser(store: Store, config: Config): Promise<FirstLogin | undefined> {
  const password = config.adminPassword ?? generatePassword()
  const user = {
    name: FIRST_USER,
    role: 'administrator',
    passwordHash: await hashPassword(password),
    mustChangePassword: true,
  } as const
  const isNew = await addFirstUser(store, user, new Date())
  return isNew
    ? { name: FIRST_USER, password, isGenerated: config.adminPassword === undefined }
    : undefined
}

function isSame(network: Network, draft: NetworkDraft): boolean {
  return network.first === draft.range.first && network.last === draft.range.last
}
