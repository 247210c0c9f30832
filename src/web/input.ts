import type { Request } from 'express'

/** What came in a query or a form: text by name, nothing else; of a name given twice, the last. */
export type Fields = Readonly<Record<string, string | undefined>>

const LONGEST_PATH = 2_000

export function parseFields(text: string): Fields {
  return Object.assign(Object.create(null), Object.fromEntries(new URLSearchParams(text)))
}

export function queryOf(req: Request): Fields {
  return req.query as Fields
}

export function bodyOf(req: Request): Fields {
  return req.body as Fields
}

/** A whole number within bounds, or what to take instead. */
export function readNumber(
  text: string | undefined,
  bounds: { readonly min: number; readonly max: number; readonly otherwise: number },
): number {
  const number = /^[0-9]{1,15}$/.test(text ?? '') ? Number(text) : bounds.otherwise
  return Math.min(bounds.max, Math.max(bounds.min, number))
}

/** One of the choices, or the first. */
export function readChoice<T extends string>(text: string | undefined, choices: readonly T[]): T {
  return choices.find((choice) => choice === text) ?? choices[0]!
}

/** A path of ours with its query; what is absent or empty is left out. */
export function linkTo(
  path: string,
  params: Readonly<Record<string, string | number | undefined>>,
): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== '') query.set(name, String(value))
  }
  return query.size === 0 ? path : `${path}?${query}`
}

/** Where to go next as a request asks, if that is a page of ours; a browser reads `//` and `/\` as a host. */
export function readNext(text: string | undefined): string {
  const isOurs =
    text !== undefined &&
    text.length <= LONGEST_PATH &&
    /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(text)
  return isOurs ? text : '/'
}
