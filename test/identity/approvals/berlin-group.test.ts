/** The decoupled approach of the Berlin Group: who is named is asked on the page of approvals, and `scaStatus` says how far they are. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { ASKED_WITHIN_MS, createApprovals } from '../../../src/identity/approvals/approvals.ts'
import { consentDevice } from '../../../src/identity/approvals/consent-device.ts'
import { MAX_TRIES } from '../../../src/identity/consents/berlin-group/authorisations.ts'
import { berlinGroup } from '../../../src/identity/consents/berlin-group/face.ts'
import { consentBook } from '../../../src/identity/consents/consent-book.ts'
import { textAt } from '../../../src/identity/consents/shape.ts'
import { DECOUPLED_SECONDS } from '../../../src/identity/lifetimes.ts'
import { createSealing } from '../../../src/identity/sealing.ts'
import { developmentCustomers } from '../../../src/identity/screens/customers.ts'
import { keysOfSecret, openSqliteStore } from '../../../src/store/index.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { recordedEvidence } from '../evidence.ts'
import { makeClient } from '../client.ts'
import { type Answer, callResource, CUSTOMERS, ownToken, startBank } from '../consents/bank.ts'
import { T0 } from '../consents/terms.ts'
import { identityMigrations } from '../migrations.ts'
import { page } from '../consents/journey.ts'
import { pathsIn, phoneOf } from './phone.ts'

const IBAN = 'DE89370400440532013000'
const PAYMENTS = '/v1/payments/sepa-credit-transfers'
const PAYMENT = {
  instructedAmount: { currency: 'EUR', amount: '123.50' },
  debtorAccount: { iban: IBAN },
  creditorAccount: { iban: 'DE02100100109307118603' },
  creditorName: 'Merchant 123',
}
const ACCESS = {
  access: { allPsd2: 'allAccounts' },
  recurringIndicator: true,
  validUntil: '2099-12-31',
  frequencyPerDay: 4,
  combinedServiceIndicator: false,
}
const DECOUPLED = { 'tpp-decoupled-preferred': 'true' }
const AMIRA = { ...DECOUPLED, 'psu-id': 'amira' }

async function bank(t: TestContext) {
  const client = await makeClient('tpp', { client_name: 'Budget Buddy' })
  const { ask } = await startBank(t, { testClients: [client], decoupled: 'page' })
  const token = await ownToken(ask, client, 'accounts payments')
  const call = (method: string, path: string, body?: unknown, headers = {}): Promise<Answer> =>
    callResource(ask, client, token, method, path, {
      headers,
      ...(body === undefined ? {} : { body }),
    })
  return {
    ask,
    call,
    status: async (path: string) => {
      const { body } = await call('GET', path)
      return body.scaStatus ?? body.transactionStatus ?? body.consentStatus
    },
  }
}
const numberIn = ({ body }: Answer): string => /\d{2}/.exec(String(body.psuMessage))?.[0] ?? ''
const pathOf = (href: unknown): string => new URL(String(href)).pathname

test('a payment of a named customer is asked at once: identified, started, finalised', async (t) => {
  const { ask, call, status } = await bank(t)
  const made = await call('POST', PAYMENTS, PAYMENT, AMIRA)
  assert.equal(made.status, 201, made.text)
  assert.equal(made.headers.get('aspsp-sca-approach'), 'DECOUPLED')
  assert.equal(made.body._links.scaOAuth, undefined)
  const own = `${PAYMENTS}/${made.body.paymentId}`
  const sca = pathOf(made.body._links.scaStatus.href)
  assert.equal(sca, `${own}/authorisations/1`)
  assert.equal(await status(sca), 'psuIdentified')
  assert.equal(await status(`${own}/status`), 'RCVD')

  const phone = await phoneOf(ask)
  const shown = await phone.open()
  assert.match(shown.text, /123\.50 EUR/)
  assert.match(shown.text, /Merchant 123/)
  assert.doesNotMatch(shown.text, new RegExp(`>\\s*${numberIn(made)}\\s*<`), 'it is typed')
  assert.equal(await status(sca), 'started')
  page(await phone.approve(shown, [['number', numberIn(made)]]))
  assert.equal(await status(sca), 'finalised')
  assert.equal(await status(`${own}/status`), 'ACTC')
  const over = await call('POST', `${own}/authorisations`, {}, AMIRA)
  assert.deepEqual([over.status, over.body.tppMessages[0].code], [409, 'STATUS_INVALID'])
})

test('a customer who is named later: received, then identified by PUT; accounts are picked on the device', async (t) => {
  const { ask, call, status } = await bank(t)
  const made = await call('POST', '/v1/consents', ACCESS, DECOUPLED)
  const begin = pathOf(made.body._links.startAuthorisationWithPsuIdentification.href)
  const started = await call('POST', begin, {}, DECOUPLED)
  assert.equal(started.status, 201, started.text)
  assert.equal(started.body.scaStatus, 'received')
  assert.equal(started.body.authorisationId, '1')
  const sca = pathOf(started.body._links.updatePsuIdentification.href)
  assert.equal(await status(sca), 'received')
  const unnamed = await call('PUT', sca, undefined, DECOUPLED)
  assert.deepEqual([unnamed.status, unnamed.body.tppMessages[0].code], [400, 'FORMAT_ERROR'])
  const named = await call('PUT', sca, undefined, AMIRA)
  assert.equal(named.status, 200, named.text)
  assert.equal(named.body.scaStatus, 'psuIdentified')
  const again = await call('PUT', sca, undefined, AMIRA)
  assert.equal(again.body.psuMessage, named.body.psuMessage, 'nothing is started twice')

  const phone = await phoneOf(ask)
  assert.equal(pathsIn(phone.list).length, 1)
  const shown = await phone.open()
  page(await phone.approve(shown, [['number', numberIn(named)]]), 422)
  page(
    await phone.approve(shown, [
      ['number', numberIn(named)],
      ['account', '22200'],
    ]),
  )
  assert.equal(await status(sca), 'finalised')
  assert.equal(await status(`/v1/consents/${made.body.consentId}/status`), 'valid')
})

test('explicit start by wish; a wrong number and a refusal end it', async (t) => {
  const { ask, call, status } = await bank(t)
  const explicit = { ...AMIRA, 'tpp-explicit-authorisation-preferred': 'true' }
  for (const wrong of [true, false]) {
    const made = await call('POST', PAYMENTS, PAYMENT, explicit)
    const phone = await phoneOf(ask)
    assert.deepEqual(pathsIn(phone.list), [], 'not started yet')
    const started = await call('POST', pathOf(made.body._links.startAuthorisation.href), {}, AMIRA)
    const sca = pathOf(started.body._links.scaStatus.href)
    const shown = await phone.open()
    const other = numberIn(started) === '11' ? '12' : '11'
    page(await (wrong ? phone.approve(shown, [['number', other]]) : phone.refuse(shown)))
    assert.equal(await status(sca), 'failed')
    assert.equal(await status(`${PAYMENTS}/${made.body.paymentId}/status`), 'RJCT')
  }
})

test('what nobody answered has failed, and the next try is another authorisation, until there were enough', async (t) => {
  let now = T0
  const clock = { now: () => now, monotonic: () => now }
  const store = await openSqliteStore({
    dir: temporaryFolder(t),
    create: true,
    migrations: identityMigrations,
  })
  t.after(() => store.close())
  const sealing = createSealing(keysOfSecret(randomBytes(32).toString('base64url')), randomBytes)
  const changed = (): undefined => undefined
  const book = consentBook({
    store,
    sealing,
    clock,
    randomBytes,
    evidence: recordedEvidence(),
    recordFor: () => null,
    forgotten: () => undefined,
    changed,
  })
  const customers = developmentCustomers(CUSTOMERS, clock)
  const say = (failure: unknown): void => assert.fail(String(failure))
  const approvals = createApprovals({ store, sealing, clock, deliver: new Map(), say })
  const device = consentDevice({ approvals, customers, clock, randomBytes })
  const face = berlinGroup({
    book,
    origin: 'https://x.example',
    now: () => now,
    embedded: undefined,
    device,
  })
  const run = async (method: string, path: string, body = {}) => {
    const segments = path.split('/')
    const found = face.route(method, segments)
    assert.ok(found !== undefined && 'run' in found)
    const header = (name: string): string | undefined => new Map(Object.entries(AMIRA)).get(name)
    return found.run({ method, path: segments, client: 'tpp', body, written: body, header })
  }
  const product = 'payments/sepa-credit-transfers'
  const made = await run('POST', product, PAYMENT)
  const own = `${product}/${textAt(made.body ?? {}, 'paymentId')}/authorisations`
  const status = async (id: string) => (await run('GET', `${own}/${id}`)).body?.['scaStatus']
  const ids = ['1']
  for (let at = 2; at <= MAX_TRIES; at++) {
    now += DECOUPLED_SECONDS * 1000 - 1
    assert.equal(await status(ids.at(-1) ?? ''), 'psuIdentified')
    now += ASKED_WITHIN_MS
    assert.equal(await status(ids.at(-1) ?? ''), 'failed')
    const next = await run('POST', own)
    assert.equal(next.status, 201)
    assert.equal(next.body?.['scaStatus'], 'psuIdentified')
    ids.push(textAt(next.body ?? {}, 'authorisationId'))
  }
  assert.deepEqual(ids, ['1', '1-2', '1-3', '1-4', '1-5'])
  assert.deepEqual((await run('GET', own)).body, { authorisationIds: ids })
  now += ASKED_WITHIN_MS
  assert.equal((await run('POST', own)).status, 409)
  assert.equal((await run('GET', `${own}/1-9`)).status, 403)
  assert.equal((await run('PUT', `${own}/1`)).status, 409)
})

test('a name that is nobody’s is answered as any other, byte for byte but for its ids', async (t) => {
  const { call, status } = await bank(t)
  const told = async (psu: string) => {
    const made = await call('POST', PAYMENTS, PAYMENT, { ...DECOUPLED, 'psu-id': psu })
    const sca = await status(pathOf(made.body._links.scaStatus.href))
    const id = String(made.body.paymentId)
    return [made.status, made.text.replaceAll(id, 'ID').replace(/number \d\d/, 'number NN'), sca]
  }
  assert.deepEqual(await told('zorro'), await told('amira'))
})

test('a customer who is asked too often is not asked', async (t) => {
  const { ask, call } = await bank(t)
  for (let at = 0; at < 3; at++) await call('POST', PAYMENTS, PAYMENT, AMIRA)
  const made = await call('POST', PAYMENTS, PAYMENT, AMIRA)
  assert.equal(made.status, 201, 'the payment is there')
  const refused = await call('POST', pathOf(made.body._links.startAuthorisation.href), {}, AMIRA)
  assert.deepEqual([refused.status, refused.body.tppMessages[0].code], [429, 'ACCESS_EXCEEDED'])
  assert.equal(pathsIn((await phoneOf(ask)).list).length, 3)
})
