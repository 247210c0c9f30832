import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise'
import mysql from 'mysql2/promise'

/** Longest wait for one statement of a page or command. */
export const STATEMENT_TIMEOUT_MS = 4_000
/** Longest wait for one statement of a job that moves millions of rows. */
export const JOB_STATEMENT_TIMEOUT_MS = 240_000

const CONNECT_TIMEOUT_MS = 3_000
const TRANSACTION_TRIES = 6
const RETRY_PAUSE_MS = 50
/** Deadlock, and lock wait timeout: the server asks for the whole transaction again. */
const RETRIED_ERRORS: ReadonlySet<number> = new Set([1213, 1205])

export type Value = string | number | bigint | Date | Buffer | boolean | null
export type Row = Record<string, unknown>

/** What a store function needs: a pool or one transaction's connection, both ask the same way. */
export interface Db {
  /** Rows of a SELECT, as a prepared statement. */
  query<R extends object = Row>(sql: string, values?: readonly Value[]): Promise<R[]>
  /** Runs a change, as a prepared statement. */
  run(sql: string, values?: readonly Value[]): Promise<{ affected: number; insertId: number }>
}

export interface Store extends Db {
  /** All of `work` or nothing of it; `work` runs again when the server reports a conflict. */
  transaction<T>(work: (tx: Db) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** The database cannot be reached or does not answer in time: pages say 503, jobs try again later. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'
}

export interface StoreAddress {
  readonly url?: string | undefined
  readonly socketPath?: string | undefined
  readonly database?: string | undefined
  readonly user?: string | undefined
}

export interface StoreOptions {
  readonly connections?: number
  readonly statementTimeoutMs?: number
}

/** Opens a pool; nothing is connected before the first statement. */
export function openStore(address: StoreAddress, options: StoreOptions = {}): Store {
  const timeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS
  const pool = mysql.createPool({
    ...connectionOptions(address),
    connectionLimit: options.connections ?? 6,
    connectTimeout: CONNECT_TIMEOUT_MS,
    enableKeepAlive: true,
    timezone: 'Z',
    dateStrings: ['DATE'],
    supportBigNumbers: true,
    decimalNumbers: true,
    maxPreparedStatements: 200,
  })
  pool.pool.on('connection', (connection) => {
    connection.query(
      "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO'," +
        " time_zone = '+00:00', innodb_lock_wait_timeout = 10",
    )
  })
  return new MysqlStore(pool, timeoutMs)
}

class MysqlStore implements Store {
  constructor(
    private readonly pool: mysql.Pool,
    private readonly timeoutMs: number,
  ) {}

  query<R extends object = Row>(sql: string, values: readonly Value[] = []): Promise<R[]> {
    return this.#withConnection((db) => db.query<R>(sql, values))
  }

  run(sql: string, values: readonly Value[] = []): Promise<{ affected: number; insertId: number }> {
    return this.#withConnection((db) => db.run(sql, values))
  }

  async transaction<T>(work: (tx: Db) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#withConnection((db) => db.whole(work))
      } catch (error) {
        if (attempt >= TRANSACTION_TRIES || !isConflict(error)) throw error
        await new Promise((resolve) => setTimeout(resolve, attempt * RETRY_PAUSE_MS))
      }
    }
  }

  async close(): Promise<void> {
    await withDeadline(this.pool.end(), this.timeoutMs).catch(() => undefined)
  }

  async #withConnection<T>(work: (db: ConnectionDb) => Promise<T>): Promise<T> {
    const waiting = this.pool.getConnection()
    const connection = await withDeadline(waiting, this.timeoutMs).catch((error: unknown) => {
      waiting.then((late) => late.release()).catch(() => undefined)
      throw asUnavailable(error)
    })
    const db = new ConnectionDb(connection, this.timeoutMs)
    try {
      return await work(db)
    } catch (error) {
      throw asUnavailable(error)
    } finally {
      if (db.isBroken) connection.destroy()
      else connection.release()
    }
  }
}

class ConnectionDb implements Db {
  isBroken = false

  constructor(
    private readonly connection: mysql.PoolConnection,
    private readonly timeoutMs: number,
  ) {}

  async query<R extends object = Row>(sql: string, values: readonly Value[] = []): Promise<R[]> {
    return (await this.#execute<RowDataPacket[]>(sql, values)) as unknown as R[]
  }

  async run(sql: string, values: readonly Value[] = []) {
    const result = await this.#execute<ResultSetHeader>(sql, values)
    return { affected: result.affectedRows, insertId: result.insertId }
  }

  async whole<T>(work: (tx: Db) => Promise<T>): Promise<T> {
    await this.#plain('START TRANSACTION')
    try {
      const result = await work(this)
      await this.#plain('COMMIT')
      return result
    } catch (error) {
      if (!this.isBroken) await this.#plain('ROLLBACK').catch(() => undefined)
      throw error
    }
  }

  async #execute<R extends RowDataPacket[] | ResultSetHeader>(
    sql: string,
    values: readonly Value[],
  ): Promise<R> {
    const answer = await this.#inTime(this.connection.execute<R>(sql, values.map(toParameter)))
    return answer[0]
  }

  async #plain(sql: 'START TRANSACTION' | 'COMMIT' | 'ROLLBACK'): Promise<void> {
    await this.#inTime(this.connection.query(sql))
  }

  /** A statement that got no answer leaves the connection in an unknown state: it is not used again. */
  async #inTime<T>(statement: Promise<T>): Promise<T> {
    try {
      return await withDeadline(statement, this.timeoutMs)
    } catch (error) {
      if (error instanceof DatabaseUnavailable || isFatal(error)) this.isBroken = true
      throw error
    }
  }
}

function connectionOptions(address: StoreAddress): mysql.PoolOptions {
  if (address.url !== undefined) return { uri: address.url }
  return {
    ...(address.socketPath === undefined ? {} : { socketPath: address.socketPath }),
    ...(address.database === undefined ? {} : { database: address.database }),
    user: address.user ?? 'root',
  }
}

function toParameter(value: Value): string | number | Date | Buffer | boolean | null {
  return typeof value === 'bigint' ? value.toString() : value
}

function withDeadline<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(new DatabaseUnavailable(`store: no answer from the database in ${timeoutMs} ms`)),
      timeoutMs,
    )
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

interface MysqlError {
  readonly errno?: number
  readonly code?: string
  readonly fatal?: boolean
}

function isConflict(error: unknown): boolean {
  return RETRIED_ERRORS.has((error as MysqlError).errno ?? 0)
}

function isFatal(error: unknown): boolean {
  return (error as MysqlError).fatal === true || isClosed(error)
}

function isClosed(error: unknown): boolean {
  const code = (error as MysqlError).code ?? ''
  return (
    /^(PROTOCOL_CONNECTION_LOST|PROTOCOL_ENQUEUE_AFTER|ECONN|ENOENT|EPIPE|ETIMEDOUT|POOL_CLOSED)/.test(
      code,
    ) || /closed state/.test((error as Error).message ?? '')
  )
}

function asUnavailable(error: unknown): unknown {
  return isFatal(error) && !(error instanceof DatabaseUnavailable)
    ? new DatabaseUnavailable(
        `store: the database cannot be reached: ${(error as Error).message}`,
        {
          cause: error,
        },
      )
    : error
}
