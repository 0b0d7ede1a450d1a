/** Stores for races: of a database beside the server, and 10 ms away. */
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { openPostgresStore, type Store } from '../../src/store/index.ts'
import { skipWithoutPostgres, startPostgres } from '../support/postgres-server.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { identityMigrations } from './migrations.ts'

export function slowStore(store: Store): Store {
  const slowly = async <T>(work: () => Promise<T>): Promise<T> => {
    await pause(10)
    const value = await work()
    await pause(10)
    return value
  }
  return {
    run: (unit, arg) => slowly(() => store.run(unit, arg)),
    runBuffered: (unit, arg) => slowly(() => store.runBuffered(unit, arg)),
    sync: () => slowly(() => store.sync()),
    close: () => store.close(),
  }
}

const server = skipWithoutPostgres === false ? startPostgres() : undefined
/** A database of its own. */
export const postgresUrl = async (): Promise<string> => (await (await server)?.database()) ?? ''
export async function postgresStore(t: TestContext): Promise<Store> {
  const store = await openPostgresStore({
    url: await postgresUrl(),
    scheduler: realScheduler,
    migrations: identityMigrations,
  })
  t.after(() => store.close())
  return store
}
