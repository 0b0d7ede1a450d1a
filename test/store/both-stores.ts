/** A contract of units, over both stores: SQLite in a folder of its own, and a real PostgreSQL, skipped by name where there is none. */
import { openPostgresStore, openSqliteStore } from '../../src/store/index.ts'
import { skipWithoutPostgres, startPostgres } from '../support/postgres-server.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import type { Adapter } from './contract.ts'

export function overBothStores(contract: (adapter: Omit<Adapter, 'tables'>) => void): void {
  contract({
    name: 'SQLite',
    skip: false,
    place: (t) => {
      const dir = temporaryFolder(t)
      return Promise.resolve({
        open: (options) => openSqliteStore({ dir, create: true, migrations: [], ...options }),
      })
    },
  })
  const server = skipWithoutPostgres === false ? startPostgres() : undefined
  contract({
    name: 'PostgreSQL',
    skip: skipWithoutPostgres,
    async place() {
      const url = (await (await server)?.database()) ?? ''
      return {
        open: (options) =>
          openPostgresStore({ url, scheduler: realScheduler, migrations: [], ...options }),
      }
    },
  })
}
