import { totalmem } from 'node:os'
import path from 'node:path'

const POOL_SHARE_OF_MEMORY = 1 / 16
const POOL_MEGABYTES = { least: 64, most: 1024 }
const REDO_MEGABYTES_MOST = 512
/** System tables, undo, and some room to begin in. */
const FIRST_MEGABYTES = 256

/**
 * The command line of the private MariaDB. A wide redo log spares it writing pages again and
 * again while a night's fold runs; undo tablespaces can shrink after it. Its temporary files are
 * its own: in /tmp, any other MariaDB that starts would remove them.
 */
export function serverArguments(folder: string, socketPath: string): string[] {
  return [
    '--no-defaults',
    `--datadir=${folder}`,
    `--socket=${socketPath}`,
    `--pid-file=${path.join(folder, 'pid')}`,
    `--log-error=${path.join(folder, 'error.log')}`,
    `--tmpdir=${folder}`,
    '--skip-networking',
    '--skip-name-resolve',
    '--skip-log-bin',
    '--performance-schema=OFF',
    '--local-infile=OFF',
    '--character-set-server=utf8mb4',
    '--collation-server=utf8mb4_bin',
    '--default-time-zone=+00:00',
    `--innodb-buffer-pool-size=${poolMegabytes()}M`,
    `--innodb-log-file-size=${redoMegabytes()}M`,
    '--innodb-undo-tablespaces=3',
    '--innodb-undo-log-truncate=ON',
    '--max-connections=60',
    '--max-allowed-packet=64M',
  ]
}

/** Megabytes of disk that a new database needs. */
export function neededMegabytes(): number {
  return redoMegabytes() + FIRST_MEGABYTES
}

function redoMegabytes(): number {
  return Math.min(REDO_MEGABYTES_MOST, poolMegabytes() * 2)
}

/** A container's limit counts where there is one. */
function poolMegabytes(): number {
  const limit = process.constrainedMemory() ?? 0
  const memory = limit > 0 ? Math.min(limit, totalmem()) : totalmem()
  const share = Math.floor((memory * POOL_SHARE_OF_MEMORY) / 2 ** 20)
  return Math.min(POOL_MEGABYTES.most, Math.max(POOL_MEGABYTES.least, share))
}
