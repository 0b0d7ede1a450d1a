/** A process that races or is killed: claims keys on PostgreSQL and prints each one that it won. */
import { openPostgresStore } from '../../src/store/index.ts'
import { realScheduler } from '../support/real-scheduler.ts'
import { say } from '../support/say.ts'
import { claim, tallyMigrations } from './tally-units.ts'

const [, , url = '', prefix = '', count = '0'] = process.argv
const last = count === '0' ? Number.POSITIVE_INFINITY : Number(count)
const store = await openPostgresStore({
  url,
  migrations: tallyMigrations,
  scheduler: realScheduler,
})
say('open')
let next = 0
async function lane(): Promise<void> {
  for (;;) {
    if (next >= last) return
    const key = `${prefix}-${++next}`
    if (await store.run(claim, { key, by: String(process.pid) })) say(key)
  }
}
await Promise.all(Array.from({ length: 8 }, lane))
await store.close()
