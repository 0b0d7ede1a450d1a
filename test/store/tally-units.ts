/** Units for the store's own tests: a table of things that happen once, and units that misbehave. */
import { sql } from 'kysely'
import {
  defineUnit,
  type Migration,
  queryBuilder,
  type Rows,
  type Unit,
} from '../../src/store/index.ts'

interface Tables {
  readonly once: { key: string; winner: string; flag: number | boolean; data: Uint8Array | null }
  readonly quota: { name: string; used: number }
  readonly kept: { key: string; n: unknown; s: unknown; b: unknown }
}
const db = queryBuilder<Tables>()

export const tallyMigrations: readonly Migration[] = [
  {
    id: 'tally/001',
    up: [
      'CREATE TABLE once (key TEXT PRIMARY KEY, winner TEXT NOT NULL, flag INTEGER NOT NULL DEFAULT 0, data BLOB) STRICT',
      'CREATE TABLE child (key TEXT NOT NULL REFERENCES once (key)) STRICT',
    ],
  },
  {
    id: 'tally/values',
    up: [
      'CREATE TABLE quota (name TEXT PRIMARY KEY, used INTEGER NOT NULL) STRICT',
      'CREATE TABLE kept (key TEXT PRIMARY KEY, n INTEGER, s TEXT, b BLOB) STRICT',
    ],
  },
]

export interface Claim {
  readonly key: string
  readonly by: string
}

/** True for exactly one caller per key. */
export function* claimOnce({ key, by }: Claim): ReturnType<Unit<Claim, boolean>> {
  const rows = yield db()
    .insertInto('once')
    .values({ key, winner: by, flag: true, data: null })
    .onConflict((conflict) => conflict.doNothing())
    .returning('key')
    .compile()
  return rows.length === 1
}
export const claim = defineUnit(import.meta.url, 'claimOnce', claimOnce)

export function* allOf(): ReturnType<Unit<undefined, Rows>> {
  return yield db().selectFrom('once').selectAll().orderBy('key').compile()
}
export const all = defineUnit(import.meta.url, 'allOf', allOf)

export interface Take {
  readonly name: string
  readonly limit: number
}

/** Reads, judges, writes: true for `limit` callers per name, however many ask at once. */
export function* takeOne({ name, limit }: Take): ReturnType<Unit<Take, boolean>> {
  const [row] = yield db().selectFrom('quota').select('used').where('name', '=', name).compile()
  const used = Number(row?.['used'] ?? 0)
  if (used >= limit) return false
  if (row === undefined) yield db().insertInto('quota').values({ name, used: 1 }).compile()
  else
    yield db()
      .updateTable('quota')
      .set({ used: used + 1 })
      .where('name', '=', name)
      .compile()
  return true
}
export const take = defineUnit(import.meta.url, 'takeOne', takeOne)

export interface Kept {
  readonly key: string
  readonly n?: unknown
  readonly s?: unknown
  readonly b?: unknown
}
/** Puts values into columns of their own type, and gives back what the database made of them. */
export function* keepValues({ key, n, s, b }: Kept): ReturnType<Unit<Kept, Rows>> {
  yield db().deleteFrom('kept').where('key', '=', key).compile()
  yield db()
    .insertInto('kept')
    .values({ key, n: n ?? null, s: s ?? null, b: b ?? null })
    .compile()
  return yield db().selectFrom('kept').selectAll().where('key', '=', key).compile()
}
export const keep = defineUnit(import.meta.url, 'keepValues', keepValues)

export function* keptKeys(): ReturnType<Unit<undefined, Rows>> {
  return yield db().selectFrom('kept').select('key').orderBy('key').compile()
}
export const keys = defineUnit(import.meta.url, 'keptKeys', keptKeys)

export function* sumOfKept(): ReturnType<Unit<undefined, Rows>> {
  return yield db()
    .selectFrom('kept')
    .select((eb) => [eb.fn.countAll().as('rows'), eb.fn.sum('n').as('sum')])
    .compile()
}
export const sum = defineUnit(import.meta.url, 'sumOfKept', sumOfKept)

/** Writes, then throws: nothing of it may remain. */
export function* writeThenThrow(key: string): ReturnType<Unit<string, never>> {
  yield* claimOnce({ key, by: 'thrower' })
  throw new Error('on purpose')
}
export const thrower = defineUnit(import.meta.url, 'writeThenThrow', writeThenThrow)

export function* breakForeignKey(key: string): ReturnType<Unit<string, Rows>> {
  return yield sql`INSERT INTO child (key) VALUES (${key})`.compile(db())
}
export const orphan = defineUnit(import.meta.url, 'breakForeignKey', breakForeignKey)

export function* rawStatement(text: string): ReturnType<Unit<string, Rows>> {
  return yield sql.raw(text).compile(db())
}
export const raw = defineUnit(import.meta.url, 'rawStatement', rawStatement)

export function* bindValue(kind: string): ReturnType<Unit<string, Rows>> {
  const values: Readonly<Record<string, unknown>> = {
    bigint: 1n,
    date: new Date(0),
    undefined,
    nan: Number.NaN,
    true: true,
    bytes: Uint8Array.of(0, 255),
  }
  return yield sql`SELECT ${values[kind]} AS value`.compile(db())
}
export const bind = defineUnit(import.meta.url, 'bindValue', bindValue)

export function* returnFunction(): ReturnType<Unit<undefined, unknown>> {
  yield* claimOnce({ key: 'function', by: 'nobody' })
  return { nested: () => 1 }
}
export const uncloneable = defineUnit(import.meta.url, 'returnFunction', returnFunction)

export function* forever(): ReturnType<Unit<undefined, never>> {
  for (;;) yield sql`SELECT 1`.compile(db())
}
export const endless = defineUnit(import.meta.url, 'forever', forever)

/** Names of the variables that the thread sees. */
// oxlint-disable-next-line require-yield -- a unit may ask nothing
export function* variableNames(): ReturnType<Unit<null, readonly string[]>> {
  return Object.keys(process.env)
}
export const environment = defineUnit(import.meta.url, 'variableNames', variableNames)
