import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Response } from 'express'
import type { Column } from '../core/listing/column.js'
import { csvLines, inChunks } from '../core/listing/csv-lines.js'

const CHUNK_CHARACTERS = 65_536

/** Sends rows as a file while they are read; whoever goes away before its end has had enough. */
export async function sendCsv<T>(
  res: Response,
  fileName: string,
  rows: AsyncIterable<T>,
  columns: readonly Column<T>[],
): Promise<void> {
  res.attachment(fileName).type('text/csv')
  try {
    await pipeline(Readable.from(inChunks(csvLines(rows, columns), CHUNK_CHARACTERS)), res)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
}
