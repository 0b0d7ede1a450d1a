/**
 * One connection to PostgreSQL. INVARIANT: between `begin` and `commit` every statement goes to the same connection, or fails: the driver
 * would open another one by itself, and a statement would then stand outside any transaction.
 */
import { checkServerIdentity, type ConnectionOptions } from 'node:tls'
import type { CompiledQuery } from 'kysely'
import type { Sql } from 'postgres'
import { kysely } from './kysely.ts'
import { PostgresFailure } from './postgres-failure.ts'
import type { PostgresAddress } from './postgres-url.ts'
import type { Rows } from './unit.ts'
import { storable, type StoredValue } from './values.ts'

/** A server that does not answer within it is away. */
const CONNECT_TIMEOUT_SECONDS = 5
const STATEMENT_TIMEOUT_MS = 10_000
/** A lock that a unit waits for longer is a conflict: the unit begins again. */
const LOCK_TIMEOUT_MS = 5_000
const KEEP_ALIVE_SECONDS = 15
/** 0: the column says the type, and its serialiser below refuses what SQLite would refuse there. */
const OID = { unknown: 0, bytea: 17, int8: 20, text: 25, numeric: 1700 }
/** What a unit may say; the rest would end its transaction or reach outside it. Comments cannot hide a word: they are refused too. */
const UNIT_STATEMENT = /^\s*\(*\s*(?:select|insert|update|delete|with|values)\b/i

export interface PostgresClient {
  /** Sends a statement of ours. @throws PostgresFailure */
  command(text: string): Promise<Rows>
  /** The same with values. @throws PostgresFailure, TypeError */
  write(text: string, values: readonly unknown[]): Promise<void>
  begin(mode: string): Promise<void>
  /** One query of a unit. @throws PostgresFailure, TypeError, RangeError */
  query(query: CompiledQuery): Promise<Rows>
  commit(): Promise<void>
  rollback(): Promise<void>
  /** Lets go of the connection, whatever it is doing. */
  destroy(): void
  end(): Promise<void>
}

export async function connectPostgres(
  address: PostgresAddress,
  settings: Readonly<Record<string, string | number>> = {},
): Promise<PostgresClient> {
  // Loaded when it is needed: an installation on SQLite never waits for it.
  const { default: postgres } = await import('postgres')
  const { tls, ...target } = address
  let connection = 0
  const sql: Sql = postgres({
    ...target,
    ssl: tls === false ? false : { ...tls, ...checkedTls(address.host) },
    max: 1,
    // The driver would end a connection of some age, also between two statements of a transaction.
    max_lifetime: null,
    idle_timeout: 0,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    keep_alive: KEEP_ALIVE_SECONDS,
    backoff: () => 0,
    fetch_types: false,
    onnotice: () => undefined,
    onclose: () => connection++,
    connection: {
      application_name: 'gatehouse',
      synchronous_commit: 'on',
      client_min_messages: 'error',
      statement_timeout: STATEMENT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
      ...settings,
    },
    types: {
      bytea: {
        to: OID.bytea,
        from: [OID.bytea],
        // What a column of bytes gets is bytes: text would be read as an escape format.
        serialize: (value: unknown) => `\\x${Buffer.from(bytesOf(value)).toString('hex')}`,
        parse: (text: string) => new Uint8Array(Buffer.from(text.slice(2), 'hex')),
      },
      words: {
        to: OID.text,
        from: [OID.text],
        serialize: textOf,
        parse: (text: string) => text,
      },
      whole: {
        to: OID.int8,
        from: [OID.int8, OID.numeric], // a sum of BIGINT is NUMERIC
        serialize: String,
        parse: (text: string) => (Number.isSafeInteger(Number(text)) ? Number(text) : { text }),
      },
    },
  })
  const compiler = new (kysely().PostgresQueryCompiler)()
  let provenOn = -1
  let begunOn = -1
  let begun: Promise<unknown> | undefined

  const send = async (text: string, values: readonly StoredValue[] = []): Promise<Rows> => {
    // Never the simple protocol: it would take several statements in one text.
    const options = { prepare: values.length > 0, simple: false }
    try {
      const typed = values.map((value) =>
        value instanceof Uint8Array ? sql.typed(value, OID.unknown) : value,
      )
      return await sql.unsafe(text, typed, options)
    } catch (error) {
      throw new PostgresFailure(error)
    }
  }

  return {
    command: (text) => send(text),
    async write(text, values) {
      await send(text, values.map(storable))
    },
    async begin(mode) {
      const sent = send(`BEGIN ISOLATION LEVEL ${mode}`)
      // On a connection that has begun before, the first query follows without a wait; both are of one flight, or both are lost.
      if (provenOn === connection) {
        sent.catch(() => undefined) // `query` looks
        begun = sent
      } else {
        await sent
        provenOn = connection
      }
      begunOn = connection
    },
    async query(compiled) {
      if (begunOn !== connection) throw new PostgresFailure({ code: 'CONNECTION_CLOSED' })
      // A unit is built with SQLite's compiler; the tree it was made from is the same for both, and so are the places of the values.
      const { sql: text, parameters: places } = compiler.compileQuery(
        compiled.query,
        compiled.queryId,
      )
      const { parameters } = compiled
      if (places.length !== parameters.length) throw new TypeError('a unit cannot say this')
      if (!UNIT_STATEMENT.test(text) || text.includes('--') || text.includes('/*'))
        throw new TypeError('a unit cannot say this')
      const asked = send(text, parameters.map(storable))
      if (begun !== undefined) {
        asked.catch(() => undefined) // without a transaction it does not count, whatever became of it
        await begun
        begun = undefined
      }
      const rows = await asked
      return rows.map(storedRow)
    },
    async commit() {
      await begun
      if (begunOn !== connection) throw new PostgresFailure({ code: 'CONNECTION_CLOSED' })
      await send('COMMIT')
      begunOn = -1
    },
    async rollback() {
      const same = begunOn === connection
      begunOn = -1
      if (same) await send('ROLLBACK')
    },
    destroy: () => void sql.end({ timeout: 0 }).catch(() => undefined),
    end: () => sql.end({ timeout: 1 }),
  }
}

/** The driver names no host when it is an address, and Node would then compare the certificate with "localhost". */
function checkedTls(host: string): ConnectionOptions {
  return {
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
  }
}

function textOf(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  throw new TypeError('a column of text takes text')
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new TypeError('a column of bytes takes bytes')
}

/** As SQLite gives it: no prototype, booleans as 0/1, whole numbers as numbers. */
function storedRow(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const out: Record<string, unknown> = Object.create(null)
  for (const [name, value] of Object.entries(row)) out[name] = storedValue(value)
  return out
}

function storedValue(value: unknown): unknown {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value === null || typeof value === 'number' || typeof value === 'string') return value
  if (value instanceof Uint8Array) return value
  throw new RangeError(
    'a value is too large to be a number, or of a type that SQLite does not know',
  )
}
