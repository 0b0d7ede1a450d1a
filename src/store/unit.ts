/**
 * A unit of work (DESIGN §4): a generator that yields compiled queries and is given their rows. It runs to its end under a savepoint
 * inside the SQLite writer worker, many sharing one synced commit. It must be deterministic and touch nothing but its argument: times,
 * ids and random values come in with it. On PostgreSQL it is awaited statement by statement in a SERIALIZABLE transaction, and may be begun
 * again when others were in its way: being deterministic, it does not notice.
 *
 * Values. Into a query go `null`, strings (without U+0000 and half pairs), finite numbers (whole ones within 2^53), booleans (stored as
 * 0/1) and bytes; a `Date`, `bigint` or `undefined` is refused, so that both databases store the same: times are integer milliseconds, amounts of money are text. Out come SQLite's own
 * types: booleans as 0/1, integers as numbers (beyond 2^53 the unit fails), bytes as `Uint8Array`. A statement that does not
 * return rows gives `[]`; write `returning` to learn what it changed. A failing statement fails the unit; it cannot be caught inside.
 */
import type { CompiledQuery } from 'kysely'

export type Rows = readonly Readonly<Record<string, unknown>>[]
export type Unit<A, R> = (arg: A) => Generator<CompiledQuery, R, Rows>

/** Names a unit across the worker boundary: the module that exports it and its name there. `A` and `R` are structured-cloneable. */
export interface UnitRef<A, R> {
  readonly module: string
  readonly name: string
  readonly types?: (arg: A) => R
}

export interface Store {
  /**
   * Durable (fsync) when it resolves. Units are serial: the result is that of one after the other, and a unit that is given after another
   * resolved sees what that one did. Of those given at once the embedded store keeps the order; PostgreSQL need not.
   * @throws GH_STORE_FAILED (nothing of the unit remains), GH_STORE_BUSY (nor of this: too many wait, or were in its way),
   * GH_STORE_UNAVAILABLE (nor of this: the server does not answer), GH_STORE_IN_DOUBT (it went at the commit: look before doing it again)
   */
  run<A, R>(unit: UnitRef<A, R>, arg: A): Promise<R>
  /**
   * As `run`, but in the hands of the operating system when it resolves: a killed process loses nothing of it, a power cut may, until `sync` or
   * a `run` that came after and wrote has resolved. For what is only read, and for acts that nobody is told of before `sync`. (PostgreSQL: as `run`.)
   * @throws as `run`
   */
  runBuffered<A, R>(unit: UnitRef<A, R>, arg: A): Promise<R>
  /** All units that resolved before are durable when it resolves. @throws GH_STORE_FAILED (the disk does not sync: the store has ended) */
  sync(): Promise<void>
  /** Finishes what was begun, then lets go of directory or connections. Further units are refused with GH_STORE_FAILED. */
  close(): Promise<void>
}

/**
 * The reference by which `store.run` finds a unit. The module is loaded in the worker: keep its imports light.
 * @example export const addOwner = defineUnit(import.meta.url, 'addOwnerUnit', addOwnerUnit)
 */
export function defineUnit<A, R>(module: string, name: string, _unit?: Unit<A, R>): UnitRef<A, R> {
  return { module, name }
}
