import pino from 'pino'

export type Log = pino.Logger

/** One JSON object a line, or plain words on a terminal; always on standard error. */
export function openLog(room: string, level: string): Log {
  const output = pino.destination({ dest: 2, sync: true })
  // A terminal that was closed takes no more lines, and there is nobody left to tell.
  output.on('error', () => undefined)
  return pino(
    {
      level,
      base: { room },
      redact: ['password', 'databaseUrl', 'secretKey'],
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    process.stderr.isTTY ? { write: (line: string) => output.write(inPlainWords(line)) } : output,
  )
}

/** `{"level":40,"time":"2026-01-31T12:00:00.000Z","room":"web","msg":"late","ms":12}` to `12:00:00 web warning: late (ms 12)`. */
export function inPlainWords(line: string): string {
  const { level, time, room, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown>
  const weight = Number(level) >= 50 ? 'error: ' : Number(level) >= 40 ? 'warning: ' : ''
  const failure = (err as { message?: string } | undefined)?.message
  const details = Object.entries(rest).map(
    ([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  const words = [
    `${new Date(String(time)).toTimeString().slice(0, 8)} ${room} ${weight}${msg ?? ''}`,
    ...(failure === undefined ? [] : [`: ${failure}`]),
    ...(details.length === 0 ? [] : [` (${details.join(', ')})`]),
  ]
  return `${withoutControls(words.join(''))}\n`
}

/** What came off the network may hold what moves a terminal's cursor. */
function withoutControls(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, ' ')
}
