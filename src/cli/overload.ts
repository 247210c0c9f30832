import { findOverload } from '../core/scan/admission.js'
import { readGround } from '../store/ground.js'
import type { Db } from '../store/pool.js'

/** Says on standard error where the networks together need more than they may send. */
export async function warnOfOverload(db: Db): Promise<void> {
  const ground = await readGround(db)
  const needed = findOverload(ground)
  if (needed === undefined) return
  process.stderr.write(
    `The networks need ${needed} packets per second together and may send ${ground.packetLimit}: ` +
      'sweeps will be missed until scan.packets_per_second is raised or intervals are longer.\n',
  )
}
