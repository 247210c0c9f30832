import type { Db } from './pool.js'

/** Since when a part of a network has been dark, and whether its silence is believed by now. */
export interface Darkness {
  readonly since: Date
  readonly isBelieved: boolean
}

export async function readDarkness(
  db: Db,
  networkId: number,
  part: number,
): Promise<Darkness | undefined> {
  const [row] = await db.query<{ since: Date; believed: number }>(
    'SELECT since, believed FROM darkness WHERE network_id = ? AND part = ?',
    [networkId, part],
  )
  return row && { since: row.since, isBelieved: row.believed === 1 }
}

/** The ids of the networks that are dark, in whole or in part. */
export async function listDarkNetworks(db: Db): Promise<Set<number>> {
  const rows = await db.query<{ network_id: number }>('SELECT DISTINCT network_id FROM darkness')
  return new Set(rows.map((row) => row.network_id))
}

export async function keepDarkness(
  db: Db,
  networkId: number,
  part: number,
  darkness: Darkness,
): Promise<void> {
  await db.run(
    `INSERT INTO darkness (network_id, part, since, believed) VALUES (?, ?, ?, ?)
     ON DUPLICATE KEY UPDATE believed = VALUES(believed)`,
    [networkId, part, darkness.since, darkness.isBelieved],
  )
}

export async function endDarkness(db: Db, networkId: number, part: number): Promise<void> {
  await db.run('DELETE FROM darkness WHERE network_id = ? AND part = ?', [networkId, part])
}
