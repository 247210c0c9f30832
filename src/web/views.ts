import { readFileSync } from 'node:fs'
import path from 'node:path'
import ejs from 'ejs'

type Done = (error: unknown, html?: string) => void

/** Control characters that devices put into names and banners; tab and line ends stay. */
const CONTROLS = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g

/**
 * Renders templates for Express, each compiled once. They see what a page gives them and what
 * locals.ts sets, and none of Express's settings.
 */
export function openViews(folder: string): (file: string, data: object, done: Done) => void {
  const compiled = new Map<string, ejs.TemplateFunction>()
  const options = {
    views: [folder],
    cache: true,
    escape: (value: unknown) => ejs.escapeXML(String(value ?? '').replace(CONTROLS, '\ufffd')),
  }
  const compile = (file: string) => {
    const template = ejs.compile(readFileSync(file, 'utf8'), { ...options, filename: file })
    compiled.set(file, template)
    return template
  }
  return (file, data, done) => {
    try {
      const { settings: _, _locals: __, cache: ___, ...given } = data as Record<string, unknown>
      done(null, (compiled.get(path.normalize(file)) ?? compile(path.normalize(file)))(given))
    } catch (error) {
      done(error)
    }
  }
}
