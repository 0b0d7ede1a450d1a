import { openSqliteStore } from '../../src/store/index.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { storeContract } from './contract.ts'
import { tallyMigrations } from './tally-units.ts'

storeContract({
  name: 'SQLite',
  skip: false,
  tables: "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
  place(t) {
    const dir = temporaryFolder(t)
    return Promise.resolve({
      open: (options) =>
        openSqliteStore({ dir, create: true, migrations: tallyMigrations, ...options }),
    })
  },
})
