/** What one check of `ipspace doctor` found, with the mend where something is amiss. */
export interface Finding {
  readonly state: 'ok' | 'warn' | 'fail'
  readonly what: string
  readonly mend?: string
}

export function ok(what: string): Finding {
  return { state: 'ok', what }
}

export function warn(what: string, mend: string): Finding {
  return { state: 'warn', what, mend }
}

export function fail(what: string, mend: string): Finding {
  return { state: 'fail', what, mend }
}
