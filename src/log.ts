import pino from 'pino'

export type Log = pino.Logger

/** One JSON object a line, or plain words on a terminal; always on standard error. */
export function openLog(room: string, level: string): Log {
  return pino(
    {
      level,
      base: { room },
      redact: ['password', 'databaseUrl'],
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination({ dest: 2, sync: true }),
  )
}
