/** A process to be killed: pays `PREFIX-1`, `PREFIX-2`, … of one payer, and prints each id once the ledger has acknowledged it. */
import { writeSync } from 'node:fs'
import { scaMigrations } from '../../../src/sca/tables/index.ts'
import { openSqliteStore } from '../../../src/store/index.ts'
import { approve, asked, payment, PASSKEY, rig } from './rig.ts'

const [, , dir = '', prefix = ''] = process.argv
const store = await openSqliteStore({ dir, migrations: scaMigrations, create: true })
const made = rig(store)
await approve(made, ['low-value', { counts: 'sum' }])
writeSync(1, 'open\n')
let next = 0
async function lane(): Promise<void> {
  for (;;) {
    const id = `${prefix}-${++next}`
    const { outcome } = await made.ledger.decide(asked(payment('0.01'), { id }))
    writeSync(1, `${id} ${outcome}\n`)
    if (next % 50 === 0) await made.ledger.authenticated(id, PASSKEY)
    else if (next % 7 === 0) await made.ledger.settle(id, 'void')
  }
}
await Promise.all(Array.from({ length: 8 }, lane))
