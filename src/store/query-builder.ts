/** Kysely as a compiler only: queries are built and compiled here and run by the writer worker, so no driver is involved. */
import type { Kysely } from 'kysely'
import { kysely } from './kysely.ts'

/** A builder over `Tables`, made at its first use; every query ends in `.compile()` and is yielded by a unit. */
export function queryBuilder<Tables>(): () => Kysely<Tables> {
  let made: Kysely<Tables> | undefined
  return () => (made ??= build())
}

function build<Tables>(): Kysely<Tables> {
  const { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } = kysely()
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })
}
