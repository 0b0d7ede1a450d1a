/** Seals all records anew, and kills itself where it is told. Arguments: folder, secret, secret of before, after how many pages. */
import { randomBytes } from 'node:crypto'
import { IDENTITY_SEALED } from '../../src/identity/sealing.ts'
import { openSecrets, openSqliteStore, type Store } from '../../src/store/index.ts'
import { identityMigrations } from '../identity/migrations.ts'
import { FakeClock } from '../support/fake-clock.ts'

const [dir = '', secret = '', previous = '', pages = ''] = process.argv.slice(2)
const direct = await openSqliteStore({ dir, create: false, migrations: identityMigrations })
let left = Number(pages)
const store: Store = {
  ...direct,
  async run(unit, arg) {
    const done = await direct.run(unit, arg)
    if (unit.name === 'savePageUnit' && --left === 0) process.kill(process.pid, 'SIGKILL')
    return done
  },
  close: () => direct.close(),
}
const clock = new FakeClock()
const secrets = await openSecrets({
  store,
  clock,
  scheduler: clock,
  randomBytes,
  secret,
  previous: [previous],
  columns: IDENTITY_SEALED,
  told: () => Promise.resolve(),
  say: (failure) => process.stderr.write(String(failure)),
})
await secrets.look()
await secrets.close()
await store.close()
