/**
 * A process to be killed: customers authenticate payments, a gateway sends them to a bank that is a file, and each step is said once it is done.
 * The first payment is authorised and left for later; where it is to be killed at an order, it waits for that, and after twenty in any case.
 */
import { randomBytes } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '../../src/store/index.ts'
import { codeFor, HOUSE_MIGRATIONS, openHouse, PASSCODE } from '../model/payments/house.ts'
import { bodyOf, detailOf } from '../model/payments/orders.ts'
import { say } from '../support/say.ts'

const [, , dir = '', killedAt = ''] = process.argv
const store = await openSqliteStore({ dir, migrations: HOUSE_MIGRATIONS, create: true })
const house = await openHouse(store)
const { strong } = house.of('nothing')
const subject = `anna-${randomBytes(4).toString('hex')}`
await house.enrol(subject)
say('open')
/** Until it is killed. */
const wait = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
for (let count = 0; ; count++) {
  // Who is to kill it may be late, and looks a minute after the first.
  if (count === 20) wait()
  house.now += 1_000
  const client = `tpp-${subject}`
  const agreed = [{ cents: 250_00, currency: 'EUR', payee: count % 3 }] as const
  const made = await house.book.create(
    {
      kind: 'payment',
      purpose: 'payments',
      permissions: [],
      accounts: [],
      namedAccounts: [],
      payments: [detailOf(agreed)],
      authorisersNeeded: 1,
      request: {},
    },
    { client, regime: 'test' },
  )
  if (made.kind !== 'made') throw new Error(made.kind)
  const { consent } = made
  const journey = `${subject}-${count}`
  const asked = { subject, consent, journey }
  say('created', consent.id, JSON.stringify({ client, subject, journey, payee: count % 3 }))
  if ((await strong.need(asked, false)) !== 'required') throw new Error('it is exempt')
  say('decided', consent.id)
  const shown = await strong.begin(asked)
  const question = shown?.questions['transaction-code']?.['question']
  if (shown === undefined || typeof question !== 'string') throw new Error('no question')
  say('asked', consent.id, shown.id)
  const challenge = Buffer.from(question, 'hex')
  const outcome = await strong.verify(asked, {
    id: shown.id,
    network: 'here',
    answers: [
      { kind: 'passcode', value: PASSCODE },
      { kind: 'transaction-code', value: codeFor(subject, { challenge }) },
    ],
  })
  if (outcome.kind !== 'done') throw new Error(outcome.kind)
  say('redeemed', consent.id)
  if ((await strong.settled(asked)) === undefined) throw new Error('not allowed')
  say('settled', consent.id)
  const act = { kind: 'authorise', subject, accounts: [], signatories: 1 } as const
  if (!(await house.book.act(consent.id, act)).ok) throw new Error('not authorised')
  say('authorised', consent.id)
  if (count === 0) continue
  const sent = {
    client,
    subject,
    consentId: consent.id,
    key: journey,
    body: bodyOf(agreed, (one) => one),
  }
  const paid = await house.gateway.pay(sent, await house.consentFact(consent.id), 201, () => {
    appendFileSync(join(dir, 'orders'), `${consent.id}\n`)
    say('ordered', consent.id)
    if (killedAt === 'ordered' && count > 1) wait()
  })
  if (paid.kind !== 'sent') throw new Error(JSON.stringify(paid))
  say('paid', consent.id)
}
