/**
 * A unit of work (DESIGN §4): a generator that yields compiled queries and is given their rows. It runs to its end under a savepoint
 * inside the SQLite writer worker, many sharing one synced commit. It must be deterministic and touch nothing but its argument.
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
  /** Durable (fsync) when it resolves. @throws GH_STORE_FAILED (nothing of the unit remains) */
  run<A, R>(unit: UnitRef<A, R>, arg: A): Promise<R>
  close(): Promise<void>
}
