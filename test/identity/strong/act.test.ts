/** What the ledger is asked of a consent to pay: never of less than what will be paid. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { strongAuthentication } from '../../../src/identity/strong/strong.ts'
import type { Consent } from '../../../src/identity/consents/consent.ts'
import type { JsonObject } from '../../../src/lib/index.ts'
import type { AskedAct } from '../../../src/sca/index.ts'
import { scaMigrations } from '../../../src/sca/tables/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { approve, CLEAR, PASSKEY, rig } from '../../sca/ledger/rig.ts'
import { memoryUnits } from '../../sca/memory-units.ts'

const MINE = { iban: 'DE89370400440532013000' }
const MINE_TOO = { iban: 'DE02100100109307118603' }
const COMPANY = { iban: 'FR1420041010050500013M02606' }
const one = (more: JsonObject = {}): JsonObject => ({
  type: 'payment_initiation',
  instructedAmount: { currency: 'EUR', amount: '1.00' },
  creditorAccount: MINE_TOO,
  creditorName: 'Penrose Lettings',
  ...more,
})

/** The exemption for small payments and that for one's own accounts are in force, and nothing is suspicious. */
async function asked(...payments: readonly JsonObject[]) {
  const ledger = rig(memoryUnits(scaMigrations), { monitor: () => Promise.resolve(CLEAR) })
  await approve(ledger, ['low-value', { counts: 'payments' }], ['own-accounts', {}])
  await ledger.registers.putOwnAccounts('anna', [`iban:${MINE.iban}`, `iban:${MINE_TOO.iban}`])
  const acts: AskedAct[] = []
  const strong = strongAuthentication(
    {
      acr: 'strong',
      devices: {} as never, // sound: the same
      transactions: {} as never, // sound: only `need` is asked
      ledger: {
        ...ledger.ledger,
        decide: (question) => {
          acts.push(question.act)
          return ledger.ledger.decide(question)
        },
      },
    },
    { clock: new FakeClock(), origin: 'https://login.bank.example' },
  )
  const consent = { kind: 'payment', id: 'c-1', client: 'tpp', payments } as unknown as Consent // sound: what `need` reads
  return { need: await strong.need({ subject: 'anna', consent, journey: 'j-1' }, false), acts }
}

test('a small payment is exempt, and one that begins a series is not, whatever its first amount (RTS Art. 14(1))', async () => {
  assert.equal((await asked(one())).need, 'exempt')
  for (const series of [
    { recurringPaymentAmount: { currency: 'EUR', amount: '9000.00' }, frequency: 'MNTH' },
    { finalPaymentAmount: { currency: 'EUR', amount: '9000.00' } },
    { frequency: 'MNTH' },
    { numberOfPayments: '12' },
    { endDate: '2027-12-01' },
    { dayOfExecution: '01' },
    { countPerPeriod: '2' },
  ] as const) {
    assert.equal((await asked(one(series))).need, 'required', JSON.stringify(series))
    assert.equal((await asked(one(), one(series))).need, 'required', JSON.stringify(series))
  }
})

test('between two accounts that the bank says are the customer’s alone a payment is to oneself (RTS Art. 15), and to a payee whom he trusts it is exempt (Art. 13)', async () => {
  const ledger = rig(memoryUnits(scaMigrations), { monitor: () => Promise.resolve(CLEAR) })
  await approve(ledger, ['own-accounts', {}], ['trusted-payee', {}])
  const account = (iban: string, signatories = 1) => ({
    id: iban,
    name: 'A',
    number: '•• 1',
    references: [`iban:${iban}`],
    signatories,
  })
  let told: readonly ReturnType<typeof account>[] | Error = []
  const strong = strongAuthentication(
    {
      acr: 'strong',
      devices: {} as never, // sound: the same
      transactions: {} as never, // sound: only `need` is asked
      ledger: ledger.ledger,
    },
    {
      clock: new FakeClock(),
      origin: 'https://login.bank.example',
      customers: {
        accountsOf: () => (told instanceof Error ? Promise.reject(told) : Promise.resolve(told)),
      },
    },
  )
  let journeys = 0
  const need = (more: JsonObject = {}) => {
    const payments = [one({ instructedAmount: { currency: 'EUR', amount: '900.00' }, ...more })]
    const consent = { kind: 'payment', id: 'c-1', client: 'tpp', payments } as unknown as Consent // sound: what `need` reads
    return strong.need({ subject: 'anna', consent, journey: `j-${++journeys}` }, false)
  }
  const own = { debtorAccount: MINE }
  assert.equal(await need(own), 'required')
  told = [account(MINE.iban), account(MINE_TOO.iban)]
  assert.equal(await need(own), 'exempt')
  assert.equal(await need(), 'required', 'from where is not known')
  assert.equal(await need({ ...own, frequency: 'MNTH' }), 'required', 'it begins a series')
  assert.equal(await need({ ...own, creditorAccount: COMPANY }), 'required')
  told = [account(MINE.iban), account(MINE_TOO.iban, 2)]
  assert.equal(await need(own), 'required', 'somebody else signs for it, too')
  told = new TypeError('the bank does not answer')
  assert.equal(await need(own), 'required')

  const change = {
    as: 'trust',
    payees: [{ name: 'Penrose Lettings', account: `iban:${MINE_TOO.iban}` }],
  } as const
  const act = { kind: 'risky-act', what: 'trusted-payees', change } as const
  const { id } = await ledger.ledger.decide({ subject: 'anna', client: 'app', act })
  await ledger.ledger.authenticated(id, PASSKEY)
  await ledger.registers.enter('anna', change, { decision: id, client: 'app' })
  assert.equal(await need(), 'exempt')
  assert.equal(await need({ creditorAccount: COMPANY }), 'required')
})

test('payments from several accounts are not between one’s own because the first of them is', async () => {
  const large = { instructedAmount: { currency: 'EUR', amount: '900.00' } }
  const own = one({ ...large, debtorAccount: MINE })
  assert.equal((await asked(own, own)).need, 'exempt')
  const companys = one({ ...large, debtorAccount: COMPANY })
  for (const payments of [
    [own, companys],
    [companys, own],
    [own, one(large)],
  ])
    assert.equal((await asked(...payments)).need, 'required')
})
