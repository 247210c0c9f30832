import type { Db } from './pool.js'

/** Something worth telling an administrator, once. */
export interface NewEvent {
  readonly kind: string
  readonly text: string
  readonly siteId?: number
  readonly networkId?: number
  readonly ip?: number
}

export async function recordEvent(db: Db, event: NewEvent): Promise<void> {
  await db.run(
    `INSERT INTO event (at, kind, site_id, network_id, ip, text)
     VALUES (UTC_TIMESTAMP(3), ?, ?, ?, ?, ?)`,
    [event.kind, event.siteId ?? null, event.networkId ?? null, event.ip ?? null, event.text],
  )
}
