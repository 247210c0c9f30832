import type { Request, Response } from 'express'
import type { Web } from '../web.js'

/** For monitoring and load balancers: whether pages can be answered, and nothing more. */
export async function showHealth(web: Web, _req: Request, res: Response): Promise<void> {
  const isWell = await web.store.query('SELECT 1').then(
    () => true,
    () => false,
  )
  res
    .status(isWell ? 200 : 503)
    .type('text')
    .send(isWell ? 'ok\n' : 'the database does not answer\n')
}
