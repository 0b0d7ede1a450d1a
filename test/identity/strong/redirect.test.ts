/** Strong authentication in the redirect journey, without script: asked when it is needed, bound to what is shown, once in a journey. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import type { JsonObject } from '../../../src/lib/index.ts'
import type { FoundPayee } from '../../../src/sca/index.ts'
import { textAt } from '../../../src/identity/consents/shape.ts'
import { makeClient } from '../client.ts'
import { callResource, ownToken, SCA } from '../consents/bank.ts'
import { back, begin, page, Person, type Shown, tokensFor } from '../consents/journey.ts'
import { Authenticator, ORIGIN, RP_ID } from '../../sca/authenticator.ts'
import { enrol, PASSCODE, startStrongBank, STRONG } from './strong-bank.ts'

const PAYMENT = {
  instructedAmount: { currency: 'EUR', amount: '123.50' },
  debtorAccount: { iban: 'DE89370400440532013000' },
  creditorAccount: { iban: 'DE02100100109307118603' },
  creditorName: 'Merchant <b>123</b>',
}
const PAYMENTS = '/v1/payments/sepa-credit-transfers'

async function started(t: TestContext, options = {}) {
  const client = await makeClient('tpp', { client_name: 'Budget Buddy' })
  const bank = await startStrongBank(t, [client], options)
  const own = await ownToken(bank.ask, client, 'accounts payments')
  const person = new Person(bank.ask)
  const make = async (body: object): Promise<string> => {
    const headers = { 'x-request-id': randomUUID() }
    const made = await callResource(bank.ask, client, own, 'POST', PAYMENTS, { body, headers })
    assert.equal(made.status, 201, made.text)
    return made.body.paymentId
  }
  const state = async (id: string) =>
    (await callResource(bank.ask, client, own, 'GET', `${PAYMENTS}/${id}/status`)).body
      .transactionStatus
  /** As far as the page after the login. */
  const enter = async (params: Readonly<Record<string, string>>) => {
    const login = page(await person.open(await begin(bank.ask, client, params)))
    return person.login(login)
  }
  const pay = async (more = {}) => {
    const id = await make(PAYMENT)
    return { id, shown: page(await enter({ scope: 'openid payments', consent_id: id, ...more })) }
  }
  return { ...bank, client, person, make, state, enter, pay }
}
type Started = Awaited<ReturnType<typeof started>>

const questionIn = ({ text }: Shown): string => /<code>([0-9a-f]{64})<\/code>/.exec(text)?.[1] ?? ''
const answer = (
  { person, token }: Pick<Started, 'person' | 'token'>,
  shown: Shown,
  { passcode = PASSCODE, code = token(questionIn(shown)) } = {},
) =>
  person.send(shown, /\/sca$/, [
    ['passcode', passcode],
    ['transaction-code', code],
  ])

test('who may pay somebody else than they think is told so before they agree, and may go on', async (t) => {
  const seen = (text: string) => /data-payee="([a-z-]+)"/.exec(text)?.[1]
  const cases: readonly (readonly [FoundPayee['result'], string | undefined])[] = [
    ['no-match', undefined],
    ['close', 'Merchant <i>'],
    ['close', undefined],
    ['unavailable', undefined],
    ['match', undefined],
  ]
  for (const [result, name] of cases) {
    const found: FoundPayee = { result, source: 'vop', ...(name === undefined ? {} : { name }) }
    const bank = await started(t, { payeeCheck: () => Promise.resolve(found) })
    const { id, shown } = await bank.pay()
    assert.equal(seen(shown.text), result === 'match' ? undefined : result)
    assert.equal(shown.text.includes('Merchant &lt;i&gt;'), name !== undefined)
    // Also on the page that comes after a wrong answer.
    const again = page(await answer(bank, shown, { passcode: 'wrong' }), 403)
    assert.equal(seen(again.text), seen(shown.text))
    assert.equal(again.text.includes('Merchant &lt;i&gt;'), name !== undefined)
    back(await answer(bank, again))
    assert.equal(await bank.state(id), 'ACTC')
    // Whose the account is is kept nowhere.
    const kept = JSON.stringify(await bank.record())
    assert.ok(kept.includes(`"result":"${result}"`))
    assert.ok(!kept.includes('Merchant'))
  }
})

test('a payment: amount and payee before anything to type, then one answer to all of it, and no third page', async (t) => {
  const bank = await started(t)
  const { id, shown } = await bank.pay()
  const form = shown.text.indexOf('<form')
  for (const seen of [
    '123.50 EUR',
    'Merchant &lt;b&gt;123&lt;/b&gt;',
    'DE02 1001 0010 9307 1186 03',
  ])
    assert.ok(shown.text.indexOf(seen) > 0 && shown.text.indexOf(seen) < form, seen)
  assert.doesNotMatch(shown.text, /<script/)
  assert.equal(await bank.state(id), 'RCVD')
  const before = Math.floor(Date.now() / 1000)
  const tokens = await tokensFor(bank.ask, bank.client, back(await answer(bank, shown)))
  assert.equal(await bank.state(id), 'ACTC')
  assert.equal(tokens.claims['acr'], STRONG)
  assert.ok(Number(tokens.claims['auth_time']) >= before)
  assert.equal(tokens.claims['consent_id'], id)
  const [question] = bank.questions
  assert.deepEqual(question?.act, {
    kind: 'remote-payment',
    instrument: 'credit-transfer',
    amount: { value: '123.50', currency: 'EUR' },
    payees: ['iban:DE02100100109307118603'],
    payments: 1,
    debtor: 'iban:DE89370400440532013000',
    payeeName: 'Merchant <b>123</b>',
  })
  const record = await bank.record()
  assert.equal(record?.evidence.decision.outcome, 'required')
  assert.equal(record.replayed, 'same')
  assert.equal(record.decision.authentication, 'succeeded')
  assert.equal(record.decision.factors.split(' ').length, 2)
  assert.equal(record.decision.state, 'done')
})

test('tokens say of a passkey whether hardware holds its key (RFC 8176): one that is copied is held by none', async (t) => {
  const passkeys = { rpId: RP_ID, rpName: 'Bank of Tests', origins: [ORIGIN], syncedKeys: 'accept' }
  for (const copied of [false, true]) {
    const bank = await started(t, { passkeys, typed: false })
    const key = new Authenticator()
    const flags = { be: copied, bs: copied }
    await enrol(bank.sca, 'cust-amira', 'passkey', (options) =>
      key.create({ challenge: textAt(options, 'challenge'), flags }),
    )
    const { shown } = await bank.pay()
    const id = /name="transaction" value="([^"]+)"/.exec(shown.text)?.[1] ?? ''
    const asked = await bank.sca.transactions.present(id)
    assert.ok(asked.ok)
    const challenge = textAt(asked.value.questions.passkey ?? {}, 'challenge')
    const given = JSON.stringify(key.get({ challenge, flags }))
    // The script fills the field that waits for it.
    const text = shown.text.replace('<input type="hidden" name="passkey" value="" />', '')
    const done = back(await bank.person.send({ ...shown, text }, /\/sca$/, [['passkey', given]]))
    const { claims } = await tokensFor(bank.ask, bank.client, done)
    assert.deepEqual(claims['amr'], [copied ? 'swk' : 'hwk', 'user', 'mfa'])
  }
})

test('an answer is to the transaction that was shown: neither another’s code nor a code before it counts', async (t) => {
  const bank = await started(t)
  const first = await bank.pay()
  const used = bank.token(questionIn(first.shown))
  const second = await bank.pay()
  const wrong = page(await answer(bank, second.shown, { code: used }), 403)
  assert.match(wrong.text, /role="alert"/)
  assert.equal(await bank.state(second.id), 'RCVD')
  // The same transaction is asked again, and its own code counts, once.
  assert.equal(questionIn(wrong), questionIn(second.shown))
  back(await answer(bank, wrong))
  assert.equal(await bank.state(second.id), 'ACTC')
})

test('another customer’s, another consent’s, or a made-up transaction in the form authorises nothing', async (t) => {
  const bank = await started(t)
  const { id, shown } = await bank.pay()
  const foreign = await bank.sca.transactions.create({
    subject: 'cust-amira',
    client: 'tpp',
    audience: 'urn:gatehouse:sca:consent',
    consentId: 'another',
    purpose: { kind: 'account-access' },
  })
  assert.ok(foreign.ok)
  const presented = await bank.sca.transactions.present(foreign.value.id)
  assert.ok(presented.ok)
  const code = bank.token(textAt(presented.value.questions['transaction-code'] ?? {}, 'question'))
  for (const name of [foreign.value.id, 'made-up']) {
    const text = shown.text.replace(
      /(name="transaction" value=")[^"]*/,
      (_, before: string) => `${before}${name}`,
    )
    page(await answer(bank, { ...shown, text }, { code }), 409)
  }
  assert.equal(await bank.state(id), 'RCVD')
})

test('five wrong answers block, whatever was wrong, and then the right one does not count', async (t) => {
  const bank = await started(t)
  const { id, shown } = await bank.pay()
  const texts = new Set<string>()
  for (let at = 0; at < 4; at++) {
    const spoilt = at % 2 === 0 ? { passcode: 'wrong harbour' } : { code: '00000000' }
    texts.add(page(await answer(bank, shown, spoilt), 403).text)
  }
  assert.equal(texts.size, 1, 'nothing says which of them was wrong')
  page(await answer(bank, shown, { passcode: 'wrong harbour' }), 403)
  page(await answer(bank, shown), 403)
  assert.equal(await bank.state(id), 'RCVD')
})

test('who refuses here ends it', async (t) => {
  const bank = await started(t)
  const { id, shown } = await bank.pay()
  const told = back(await bank.person.send(shown, /\/refuse$/))
  assert.equal(told.get('error'), 'access_denied')
  assert.equal(await bank.state(id), 'RJCT')
})

test('exempt: nothing is asked but the login, and the token says no more than that', async (t) => {
  const bank = await started(t, { exempt: true })
  const id = await bank.make(PAYMENT)
  const answered = await bank.enter({ scope: 'openid payments', consent_id: id })
  const tokens = await tokensFor(bank.ask, bank.client, back(answered))
  assert.equal(tokens.claims['acr'], SCA)
  assert.equal(await bank.state(id), 'ACTC')
})

test('exempt, and the payee could not be checked: the payer is told on a page before it is paid', async (t) => {
  for (const result of ['unavailable', 'match'] as const) {
    const payeeCheck = () => Promise.resolve({ result, source: 'vop' })
    const bank = await started(t, { exempt: true, payeeCheck })
    const id = await bank.make(PAYMENT)
    const entered = await bank.enter({ scope: 'openid payments', consent_id: id })
    if (result === 'unavailable') {
      const shown = page(entered)
      assert.match(shown.text, /data-payee="unavailable"[\s\S]*<form/)
      assert.match(shown.text, /123\.50 EUR/)
      assert.equal(await bank.state(id), 'RCVD')
      back(await bank.person.send(shown, /\/confirm$/))
    } else back(entered)
    assert.equal(await bank.state(id), 'ACTC')
    assert.equal((await bank.record())?.evidence.context.payeeCheck?.result, result)
  }
})

test('step-up (RFC 9470): acr_values asks though it is exempt; an essential acr that nobody reaches is said', async (t) => {
  const bank = await started(t, { exempt: true })
  const { shown } = await bank.pay({ acr_values: STRONG, max_age: '60' })
  const tokens = await tokensFor(bank.ask, bank.client, back(await answer(bank, shown)))
  assert.equal(tokens.claims['acr'], STRONG)
  assert.equal(tokens.idToken['acr'], STRONG)
  const essential = (value: string): string =>
    JSON.stringify({ id_token: { acr: { value, essential: true } } })
  const again = await bank.pay({ claims: essential(STRONG) })
  const claims = (await tokensFor(bank.ask, bank.client, back(await answer(bank, again.shown))))
    .claims
  assert.equal(claims['acr'], STRONG)
  const id = await bank.make(PAYMENT)
  const params = { scope: 'openid payments', consent_id: id, claims: essential('urn:no:such') }
  const told = back(await bank.enter(params))
  assert.equal(told.get('error'), 'unmet_authentication_requirements')
})

test('one authentication for a payment journey: pages that are loaded or sent again ask for nothing more, and the ledger hears of one', async (t) => {
  const bank = await started(t)
  const { id, shown } = await bank.pay({ max_age: '0' })
  const again = page(await bank.person.open(shown.path))
  assert.match(again.text, /\/sca"/)
  const began = Math.floor(Date.now() / 1000)
  const told = back(await answer(bank, again))
  const tokens = await tokensFor(bank.ask, bank.client, told)
  assert.ok(Number(tokens.idToken['auth_time']) >= began - 1, 'max_age is met by the same answer')
  assert.equal(new Set(bank.questions.map(({ id: decision }) => decision)).size, 1)
  // Going back and sending it once more authorises nothing, and authenticates nobody.
  const before = bank.questions.length
  assert.notEqual(await answered(bank, again), 200)
  assert.equal(bank.questions.length, before)
  assert.equal(await bank.state(id), 'ACTC')
  const { outcome, digest, decision } = tokens.claims['sca'] as JsonObject // sound: asserted here
  assert.deepEqual([outcome, decision], ['authenticated', bank.questions[0]?.id])
  assert.match(typeof digest === 'string' ? digest : '', /^[A-Za-z0-9_-]{43}$/)
})

/** Status of the same answer, sent again. */
async function answered(bank: Started, shown: Shown): Promise<number> {
  const sent = await answer(bank, shown)
  return sent instanceof URL ? 303 : sent.status
}

test('access to accounts: what may be seen is shown, then accounts to pick after it', async (t) => {
  const bank = await started(t)
  const details = [{ type: 'account_access', permissions: ['ReadBalances'] }]
  const params = { authorization_details: JSON.stringify(details) }
  const shown = page(await bank.enter(params))
  const pick = page(await answer(bank, shown))
  const told = back(await bank.person.send(pick, /\/confirm$/, [['account', '22200']]))
  const tokens = await tokensFor(bank.ask, bank.client, told)
  assert.equal(tokens.claims['acr'], STRONG)
  // A customer who has set up nothing is told so, and can only refuse.
  const other = new Person(bank.ask)
  const login = page(await other.open(await begin(bank.ask, bank.client, params)))
  const nothing = page(await other.login(login, 'ben'))
  assert.doesNotMatch(nothing.text, /\/sca"/)
  back(await other.send(nothing, /\/refuse$/))
})

test('of fifty who send one answer at once, one authorises', async (t) => {
  const bank = await started(t)
  const { id, shown } = await bank.pay()
  const code = bank.token(questionIn(shown))
  const said = await Promise.all(Array.from({ length: 50 }, () => answer(bank, shown, { code })))
  const codes = said.flatMap((one) =>
    one instanceof URL && one.searchParams.has('code') ? [one.searchParams.get('code')] : [],
  )
  assert.ok(new Set(codes).size <= 1, `${codes.length}`)
  assert.equal(await bank.state(id), 'ACTC')
})
