import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import express, { type Router } from 'express'

export interface Assets {
  /** Serves the files below their hashed address. */
  readonly router: Router
  /** `css/page.css` to `/public/5d41402abc4b2a76/css/page.css`. */
  urlOf(file: string): string
}

/**
 * The files of `public/`, below one hash over all of them: each address has one content for ever, and
 * scripts find their neighbours by relative paths.
 */
export function openAssets(folder: string): Assets {
  const base = `/public/${hashFolder(folder)}`
  const router = express.Router()
  const files = express.static(folder, {
    index: false,
    redirect: false,
    immutable: true,
    maxAge: '1y',
  })
  router.use(base, files)
  return { router, urlOf: (file) => `${base}/${file}` }
}

function hashFolder(folder: string): string {
  const hash = createHash('sha256')
  for (const file of listFiles(folder)) {
    hash.update(path.relative(folder, file)).update('\0').update(readFileSync(file)).update('\0')
  }
  return hash.digest('hex').slice(0, 16)
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
}
