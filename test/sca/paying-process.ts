/** A process to be killed: authenticates payments one after the other and says each step once it is done. */
import { randomBytes } from 'node:crypto'
import { keysOfSecret, openSqliteStore } from '../../src/store/index.ts'
import { scaMigrations } from '../../src/sca/tables/index.ts'
import { say } from '../support/say.ts'
import {
  approve,
  AUDIENCE,
  CLIENT,
  createTransaction,
  enrolDevice,
  enrolPasscode,
  KILLED_SECRET,
  PASSCODE,
  PAYMENT,
  paymentOf,
  rigOver,
} from './rig.ts'

const [, , dir = ''] = process.argv
const store = await openSqliteStore({ dir, migrations: scaMigrations, create: true })
const rig = rigOver(store, { keys: keysOfSecret(KILLED_SECRET) })
const subject = `anna-${randomBytes(4).toString('hex')}`
await enrolPasscode(rig, subject)
const device = await enrolDevice(rig, subject)
say('open')
for (;;) {
  const id = await createTransaction(rig, paymentOf(subject))
  say('created', id, subject)
  const verified = await rig.sca.transactions.verify({
    id,
    network: 'here',
    answers: [
      { kind: 'passcode', value: PASSCODE },
      { kind: 'approval', value: await approve(rig, device, id) },
    ],
  })
  if (!verified.ok) throw new Error(verified.error.code)
  say('verified', id)
  const issued = await rig.sca.transactions.issue(verified.value)
  if (!issued.ok) throw new Error(issued.error.code)
  say('issued', id, issued.value.code)
  const redeemed = await rig.sca.transactions.redeem({
    code: issued.value.code,
    expectedAudience: AUDIENCE,
    client: CLIENT,
    subject,
    consentId: 'consent-1',
    purpose: { kind: 'payment', payments: [PAYMENT] },
  })
  if (!redeemed.ok) throw new Error(redeemed.error.code)
  say('redeemed', id)
}
