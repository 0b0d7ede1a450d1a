/** A process to be killed: claims `PREFIX-1`, `PREFIX-2`, … and prints each key once the store has acknowledged it. */
import { openSqliteStore } from '../../src/store/index.ts'
import { say } from '../support/say.ts'
import { claim, tallyMigrations } from './tally-units.ts'

const [, , dir = '', prefix = ''] = process.argv
const store = await openSqliteStore({ dir, migrations: tallyMigrations, create: true })
say('open')
let next = 0
async function lane(): Promise<void> {
  for (;;) {
    const key = `${prefix}-${++next}`
    await store.run(claim, { key, by: 'child' })
    say(key)
  }
}
await Promise.all(Array.from({ length: 16 }, lane))
