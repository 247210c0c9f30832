import { readFileSync } from 'node:fs'
import path from 'node:path'
import ejs from 'ejs'

type Done = (error: unknown, html?: string) => void

/** Markup, and control characters that devices put into names; tab and line ends stay. */
const UNSAFE = /[&<>'"\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/
const CONTROLS = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g

/**
 * Renders templates for Express, each compiled once. They see what a page gives them and what
 * locals.ts sets, and none of Express's settings. Parts are included from the top: `/_strip`.
 */
export function openViews(folder: string): (file: string, data: object, done: Done) => void {
  const compiled = new Map<string, ejs.TemplateFunction>()
  const compile = (file: string) => {
    const options = { filename: file, root: folder, cache: true, escape: escapeText }
    const template = ejs.compile(readFileSync(file, 'utf8'), options)
    compiled.set(file, template)
    return template
  }
  return (file, data, done) => {
    try {
      const { settings: _, _locals: __, cache: ___, ...given } = data as Record<string, unknown>
      const whole = path.normalize(file)
      done(null, (compiled.get(whole) ?? compile(whole))(given))
    } catch (error) {
      done(error)
    }
  }
}

function escapeText(value: unknown): string {
  const text = String(value ?? '')
  return UNSAFE.test(text) ? ejs.escapeXML(text.replace(CONTROLS, '\ufffd')) : text
}
