/**
 * One payment on its way from the customer's screen to the bank's books, and somebody at each hop who alters one thing of it (RTS Art. 5(1)(c), (d)):
 * amount, currency, account or name of the payee, debtor. Each hop refuses it by itself, with a code of its own.
 */
import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { after, test } from 'node:test'
import { contextVerifier } from '../../examples/bank/context.ts'
import type { Allow, Facts } from '../../src/decide/index.ts'
import { createVouch } from '../../src/gateway/core/signed-context.ts'
import type { UpstreamCall } from '../../src/gateway/core/upstream-call.ts'
import { createSealing, sealedAs } from '../../src/identity/sealing.ts'
import type { JsonObject, PaymentOrder } from '../../src/lib/index.ts'
import type { Answer, TransactionRequest } from '../../src/sca/index.ts'
import { scaSealing } from '../../src/sca/sealing.ts'
import { sealBody } from '../../src/sca/transactions/stored.ts'
import { keysOfSecret } from '../../src/store/index.ts'
import {
  codeFor,
  HOUSE_MIGRATIONS,
  openHouse,
  PASSCODE,
  signedBy,
} from '../model/payments/house.ts'
import { consentBodies, putConsentBody } from './alter-consent-units.ts'
import { alter } from './alter-units.ts'
import { memoryUnits } from './memory-units.ts'

const IBAN = 'GB29NWBK60161331926819'
const ORDER = {
  amount: '120.50',
  currency: 'EUR',
  name: 'Copa',
  payee: 'DE89370400440532013000',
  debtor: 'FR1420041010050500013M02606',
}
type Written = typeof ORDER

/** What is altered; the code where it is to be shown, and the code of the gateway. */
const ALTERED: readonly (readonly [string, Partial<Written>, string, string])[] = [
  ['the amount', { amount: '120.51' }, 'GH_SCA_FAILED', 'GH_GATEWAY_PAYMENT_AMOUNT'],
  ['the amount, by a factor', { amount: '1205.0' }, 'GH_SCA_FAILED', 'GH_GATEWAY_PAYMENT_AMOUNT'],
  ['the currency', { currency: 'GBP' }, 'GH_SCA_FAILED', 'GH_GATEWAY_PAYMENT_CURRENCY'],
  ['the account of the payee', { payee: IBAN }, 'GH_SCA_FAILED', 'GH_GATEWAY_PAYMENT_PAYEE'],
  ['the name', { name: 'Copal' }, 'GH_SCA_FAILED', 'GH_GATEWAY_PAYMENT_PAYEE_NAME'],
  [
    'one letter, for one that looks the same',
    { name: 'C\u043epa' },
    'GH_SCA_TRANSACTION_INVALID',
    'GH_GATEWAY_PAYMENT_PAYEE_NAME',
  ],
  [
    'all letters, for those that look the same',
    { name: '\u0421\u043e\u0440\u0430' },
    'GH_SCA_FAILED',
    'GH_GATEWAY_PAYMENT_PAYEE_NAME',
  ],
  [
    'the name, by a letter of no width',
    { name: 'Co\u200bpa' },
    'GH_SCA_TRANSACTION_INVALID',
    'GH_GATEWAY_PAYMENT_UNREADABLE',
  ],
  ['the debtor', { debtor: IBAN }, 'GH_SCA_FAILED', 'GH_GATEWAY_PAYMENT_DEBTOR'],
]

const orderOf = ({ amount, currency, name, payee, debtor }: Written): PaymentOrder => ({
  amount,
  currency,
  creditorName: name,
  creditorAccount: { scheme: 'iban', identification: payee },
  debtorAccount: { scheme: 'iban', identification: debtor },
})
const detailOf = ({ amount, currency, name, payee, debtor }: Written): JsonObject => ({
  type: 'payment_initiation',
  instructedAmount: { amount, currency },
  creditorName: name,
  creditorAccount: { iban: payee },
  debtorAccount: { iban: debtor },
})
const bodyOf = ({ payee, debtor, ...written }: Written): string =>
  JSON.stringify({ ...written, payee: { iban: payee }, debtor: { iban: debtor } })

/** Of another installation: of the form, and not of the house. */
const FOREIGN = keysOfSecret('the secret of somebody else'.padEnd(64, '.'))
const NOW = Date.UTC(2026, 10, 29, 12)
const ORIGIN = 'http://bank.internal:9080'
const KEY = generateKeyPairSync('ed25519')

const units = memoryUnits(HOUSE_MIGRATIONS)
const house = await openHouse(units)
after(() => house.close())
const CLIENT = 'third-party'
const AUDIENCE = 'https://bank.example/app'

async function customer(): Promise<string> {
  const subject = `anna-${randomBytes(6).toString('hex')}`
  await house.enrol(subject)
  return subject
}
const requestOf = (subject: string, written: Written): TransactionRequest => ({
  subject,
  client: CLIENT,
  audience: AUDIENCE,
  purpose: { kind: 'payment', payments: [orderOf(written)] },
})
async function created(request: TransactionRequest): Promise<string> {
  const made = await house.transactions.create(request)
  assert.ok(made.ok, JSON.stringify(made))
  return made.value.id
}
/** What the customer gives for the transaction that he was shown. */
async function answersTo(subject: string, id: string, by: 'device' | 'token'): Promise<Answer[]> {
  const shown = await house.transactions.present(id)
  assert.ok(shown.ok)
  const text = shown.value.questions.approval?.['challenge']
  assert.ok(typeof text === 'string')
  const of = { id, challenge: Buffer.from(text, 'base64url') }
  return [
    { kind: 'passcode', value: PASSCODE },
    by === 'device'
      ? { kind: 'approval', value: signedBy(subject, of, 'approve') }
      : { kind: 'transaction-code', value: codeFor(subject, of) },
  ]
}
async function codeOf(subject: string, id: string): Promise<string> {
  const answers = await answersTo(subject, id, 'token')
  const verified = await house.transactions.verify({ id, answers, network: subject })
  assert.ok(verified.ok)
  const issued = await house.transactions.issue(verified.value)
  assert.ok(issued.ok)
  return issued.value.code
}
async function redeemed(code: string, request: TransactionRequest): Promise<string> {
  const { audience: expectedAudience, client, subject, purpose } = request
  const of = { code, expectedAudience, client, subject, purpose }
  const outcome = await house.transactions.redeem(of)
  return outcome.ok ? '' : outcome.error.code
}
async function consentFor(written: Written) {
  const made = await house.book.create(
    {
      kind: 'payment',
      purpose: 'payments',
      permissions: [],
      accounts: [],
      namedAccounts: [],
      payments: [detailOf(written)],
      authorisersNeeded: 1,
      request: {},
    },
    { client: CLIENT, regime: 'test' },
  )
  assert.ok(made.kind === 'made')
  return made.consent
}

for (const [what, changes, shown, gateway] of ALTERED) {
  const altered = { ...ORDER, ...changes }

  test(`on the screen of the customer: ${what}`, async () => {
    const subject = await customer()
    const id = await created(requestOf(subject, ORDER))
    const made = await house.transactions.create(requestOf(subject, altered))
    if (!made.ok) return assert.equal(made.error.code, shown)
    const other = made.value.id
    for (const by of ['device', 'token'] as const) {
      const answers = await answersTo(subject, id, by)
      const outcome = await house.transactions.verify({ id: other, answers, network: subject })
      assert.equal(outcome.ok ? '' : outcome.error.code, shown, by)
    }
    const answers = await answersTo(subject, id, 'device')
    assert.ok((await house.transactions.verify({ id, answers, network: subject })).ok)
  })

  test(`by the shop that brings the code: ${what}`, async () => {
    const subject = await customer()
    const code = await codeOf(subject, await created(requestOf(subject, ORDER)))
    assert.equal(await redeemed(code, requestOf(subject, altered)), 'GH_SCA_LINK_MISMATCH')
    assert.equal(await redeemed(code, requestOf(subject, ORDER)), 'GH_SCA_CODE_SPENT')
  })

  test(`in the request of the third party, while the customer reads: ${what}`, async () => {
    const subject = await customer()
    const consent = await consentFor(ORDER)
    const { strong } = house.of('nothing')
    const asked = (payments: readonly JsonObject[], journey: string) => ({
      subject,
      consent: { ...consent, payments },
      journey: `${journey}-${subject}`,
    })
    for (const [kind, payments] of [
      ['over', [detailOf(altered)]],
      ['done', [detailOf(ORDER)]],
    ] as const) {
      assert.equal(await strong.need(asked(consent.payments, kind), false), 'required')
      const begun = await strong.begin(asked(consent.payments, kind))
      assert.ok(begun !== undefined)
      const answers = await answersTo(subject, begun.id, 'device')
      const of = { id: begun.id, answers, network: subject }
      const outcome = await strong.verify(asked(payments, kind), of)
      assert.equal(outcome.kind, kind)
      // Where the key of the device stands nobody has attested.
      if (outcome.kind === 'done') assert.deepEqual(outcome.amr, ['pin', 'pop', 'mca', 'mfa'])
      const settled = await strong.settled(asked(payments, kind))
      assert.equal(settled?.outcome, kind === 'done' ? 'authenticated' : undefined)
    }
  })

  test(`between third party and gateway: ${what}`, async () => {
    const subject = await customer()
    const { id: consentId } = await consentFor(ORDER)
    const act = { kind: 'authorise', subject, accounts: [], signatories: 1 } as const
    assert.ok((await house.book.act(consentId, act)).ok)
    let arrived = 0
    const pay = async (written: Written) =>
      house.gateway.pay(
        {
          client: CLIENT,
          subject,
          consentId,
          key: subject,
          body: bodyOf(written),
        },
        await house.consentFact(consentId),
        201,
        () => void arrived++,
      )
    assert.deepEqual(await pay(altered), { kind: 'refused', code: gateway })
    assert.equal(arrived, 0)
    assert.deepEqual(await pay(ORDER), { kind: 'sent' })
  })

  test(`between gateway and bank: ${what}`, async () => {
    const sent = vouched(bodyOf(ORDER))
    const received = (written: Written) => ({ ...sent, body: Buffer.from(bodyOf(written)) })
    await assert.rejects(bank(received(altered)), /another body/)
    assert.equal((await bank(received(ORDER))).decision, 'decision-1')
  })

  test(`in the record of the transaction: ${what}`, async () => {
    const subject = await customer()
    const id = await created(requestOf(subject, ORDER))
    const code = await codeOf(subject, id)
    const untouched = await codeOf(subject, await created(requestOf(subject, ORDER)))
    const request = requestOf(subject, altered)
    const column = 'body'
    const body = await units.run(alter, { id, column })
    const nonce = 'n'.repeat(43)
    const forged = [sealBody(scaSealing(FOREIGN, randomBytes), id, { nonce, request })]
    const made = await house.transactions.create(request)
    const moved = made.ok ? await units.run(alter, { id: made.value.id, column }) : null
    if (moved instanceof Uint8Array) forged.push(moved)
    for (const value of forged) {
      await units.run(alter, { id, column, value })
      await assert.rejects(redeemed(code, request), { code: 'GH_SCA_SEALED' })
    }
    // It was brought, so it is spent, also when the record is set back.
    await units.run(alter, { id, column, value: body })
    assert.equal(await redeemed(code, requestOf(subject, ORDER)), 'GH_SCA_CODE_SPENT')
    assert.equal(await redeemed(untouched, requestOf(subject, ORDER)), '')
  })

  test(`in the record of the consent: ${what}`, async () => {
    const before = new Set((await units.run(consentBodies, null)).map(([id]) => id))
    const consent = await consentFor(ORDER)
    const row = (await units.run(consentBodies, null)).find(([id]) => !before.has(id))
    assert.ok(row !== undefined)
    const [id, body] = row
    const other = await consentFor(altered)
    const rows = await units.run(consentBodies, null)
    const moved = rows.find((one) => !before.has(one[0]) && one[0] !== id)?.[1]
    assert.ok(moved !== undefined)
    const told = JSON.stringify({ ...consent, payments: other.payments })
    for (const value of [
      moved,
      createSealing(FOREIGN, randomBytes).seal(sealedAs.consent(id), told),
    ]) {
      await units.run(putConsentBody, { id, body: value })
      await assert.rejects(house.consentFact(consent.id), { code: 'GH_IDENTITY_SEALED' })
    }
    await units.run(putConsentBody, { id, body })
    assert.equal((await house.consentFact(consent.id)).kind, 'known')
  })
}

/** The call with its context, as the gateway makes it. */
function vouched(body: string) {
  const segment = (value: string) => Buffer.from(value).toString('base64url')
  const head = segment(JSON.stringify({ alg: 'EdDSA', kid: 'k', typ: 'gatehouse-context+jwt' }))
  const seal = (claims: string): string => {
    const input = `${head}.${segment(claims)}`
    return `${input}.${sign(null, Buffer.from(input), KEY.privateKey).toString('base64url')}`
  }
  const signer = { header: 'gatehouse-context', issuer: 'gatehouse', ttlSeconds: 30, seal }
  const [method, target] = ['POST', '/payments']
  // Sound: of the rest nothing is looked at.
  const call = { upstream: { origin: ORIGIN }, method, path: target, context: [], body } as unknown
  const said = {
    decision: 'decision-1',
    allow: { match: { api: 'pay', operation: 'Pay' } } as Allow,
    facts: {} as Facts,
    now: NOW,
  }
  const made = createVouch(() => signer)(call as UpstreamCall, said)
  return { method, target, context: made?.context.at(-1) }
}

function bank(request: Parameters<ReturnType<typeof contextVerifier>>[0]) {
  const jwk = { ...KEY.publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'EdDSA', use: 'sig' }
  // Sound: `export` of a key makes a JWK.
  const keys = { keys: [jwk] } as Parameters<typeof contextVerifier>[0]['keys']
  return contextVerifier({ keys, audience: ORIGIN, clock: () => NOW })(request)
}
