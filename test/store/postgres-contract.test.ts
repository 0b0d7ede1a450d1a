/** The contract over the real server; skipped by name where there is none, failed where GATEHOUSE_REQUIRE_PEERS=1 asks for it. */
import { openPostgresStore } from '../../src/store/index.ts'
import { skipWithoutPostgres, startPostgres } from '../support/postgres-server.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { storeContract } from './contract.ts'
import { tallyMigrations } from './tally-units.ts'

const server = skipWithoutPostgres === false ? startPostgres() : undefined

storeContract({
  name: 'PostgreSQL',
  skip: skipWithoutPostgres,
  tables: 'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1',
  async place() {
    const url = (await (await server)?.database()) ?? ''
    return {
      open: (options) =>
        openPostgresStore({
          url,
          scheduler: realScheduler,
          migrations: tallyMigrations,
          ...options,
        }),
    }
  },
})
