import { type Stats, statSync } from 'node:fs'
import path from 'node:path'
import type { ServiceUser } from './service-user.js'

/** A folder that the service user may not pass, and what lies below it that it needs. */
export interface ClosedFolder {
  readonly folder: string
  readonly needed: readonly string[]
}

/**
 * Runs a command in a mount namespace of its own, in which each closed folder is empty but for
 * the needed paths, at their own places. Descriptor 9, as 3 is the channel to the supervisor. Arguments: FOLDER COUNT PATH..., again and again, `--`, COMMAND...
 */
const REVEAL = `
  set -eu
  cd /
  while [ "$1" != -- ]; do
    folder=$1 count=$2
    shift 2
    exec 9<"$folder"
    mount -t tmpfs -o mode=0755,nosuid,nodev,size=1m tmpfs "$folder"
    while [ "$count" -gt 0 ]; do
      source=/proc/self/fd/9/\${1#"$folder"/}
      if [ -d "$source" ]; then mkdir -p -- "$1"; else mkdir -p -- "\${1%/*}" && : >"$1"; fi
      mount --no-canonicalize --rbind "$source" "$1"
      count=$((count - 1))
      shift
    done
    exec 9<&-
  done
  shift
  exec "$@"
`

/** The topmost folders on the way to `paths` (absolute, without links) that `user` may not pass. */
export function closedFolders(paths: readonly string[], user: ServiceUser): ClosedFolder[] {
  const found = new Map<string, string[]>()
  for (const needed of paths) {
    const folder = foldersTo(needed).find((each) => !mayPass(statSync(each), user))
    if (folder !== undefined) found.set(folder, [...(found.get(folder) ?? []), needed])
  }
  return [...found].map(([folder, needed]) => ({ folder, needed }))
}

/** Words before a command that runs as root and then drops to the service user; none where nothing is closed. */
export function revealing(closed: readonly ClosedFolder[]): string[] {
  if (closed.length === 0) return []
  const groups = closed.flatMap(({ folder, needed }) => [folder, String(needed.length), ...needed])
  const unshare = ['unshare', '--mount', '--propagation', 'private', '--']
  return [...unshare, 'sh', '-c', REVEAL, 'ipspace', ...groups, '--']
}

/** `/a/b/c` to `/`, `/a`, `/a/b`. */
function foldersTo(file: string): string[] {
  const parent = path.dirname(file)
  return parent === file ? [] : [...foldersTo(parent), parent]
}

function mayPass(folder: Stats, user: ServiceUser): boolean {
  const bit = folder.uid === user.uid ? 0o100 : folder.gid === user.gid ? 0o010 : 0o001
  return (folder.mode & bit) !== 0
}
