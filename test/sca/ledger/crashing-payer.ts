/** A process to be killed: pays `PREFIX-1`, `PREFIX-2`, … of one payer, and prints each id once the ledger has acknowledged it. */
import { scaMigrations } from '../../../src/sca/tables/index.ts'
import { openSqliteStore } from '../../../src/store/index.ts'
import { say } from '../../support/say.ts'
import { approve, asked, payment, PASSKEY, rig } from './rig.ts'

const [, , dir = '', prefix = ''] = process.argv
const store = await openSqliteStore({ dir, migrations: scaMigrations, create: true })
const made = rig(store)
await approve(made, ['low-value', { counts: 'sum' }])
say('open')
let next = 0
async function lane(): Promise<void> {
  for (;;) {
    const id = `${prefix}-${++next}`
    const { outcome } = await made.ledger.decide(asked(payment('0.01'), { id }))
    say(`${id} ${outcome}`)
    if (next % 50 === 0) await made.ledger.authenticated(id, PASSKEY)
    else if (next % 7 === 0) await made.ledger.settle(id, 'void')
  }
}
await Promise.all(Array.from({ length: 8 }, lane))
