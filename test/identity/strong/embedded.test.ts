/**
 * The embedded approach of the Berlin Group: a third party brings what the customer told it, step by step, and learns whether both elements
 * together were right. Who is nobody, who is blocked and who has no token are answered as anybody else.
 */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { decodeJwt } from 'jose'
import { systemClock } from '../../../src/app/system-ports.ts'
import { EMBEDDED_RECORD, EMBEDDED_SECONDS } from '../../../src/identity/embedded/embedded.ts'
import type { EmbeddedMethod } from '../../../src/identity/index.ts'
import type { CodeMessage } from '../../../src/sca/index.ts'
import { countAuthorizations } from '../../../src/store/index.ts'
import { phoneOf } from '../approvals/phone.ts'
import { askDecoupled, ISSUER, makeClient, post } from '../client.ts'
import { type Answer, callResource, ownToken, resourceProof } from '../consents/bank.ts'
import { enrol, PASSCODE, startStrongBank, STRONG } from './strong-bank.ts'

const CIBA = 'urn:openid:params:grant-type:ciba'
const PAYMENTS = '/v1/payments/sepa-credit-transfers'
const PAYMENT = {
  instructedAmount: { currency: 'EUR', amount: '123.50' },
  debtorAccount: { iban: 'DE89370400440532013000' },
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
const EMBEDDED = { 'tpp-redirect-preferred': 'false' }
const AMIRA = { ...EMBEDDED, 'psu-id': 'amira' }
const RIGHT = { psuData: { password: PASSCODE } }
const clientOf = (id: string) =>
  makeClient(id, {
    client_name: 'Budget Buddy',
    grant_types: [CIBA, 'client_credentials'],
    response_types: [],
    redirect_uris: [],
    backchannel_token_delivery_mode: 'poll',
  })

async function bank(
  t: TestContext,
  options: {
    readonly methods?: readonly EmbeddedMethod[]
    readonly sent?: CodeMessage[]
    readonly clock?: { now(): number; monotonic(): number }
    readonly decoupled?: 'page'
    readonly exempt?: boolean
  } = {},
) {
  const { methods = ['transaction-code'], sent, ...rest } = options
  const [client, other] = [await clientOf('tpp'), await clientOf('other')]
  const opened = await startStrongBank(t, [client, other], {
    embedded: methods,
    ...(sent === undefined
      ? {}
      : { sender: { send: (message) => Promise.resolve(void sent.push(message)) } }),
    ...rest,
  })
  const { ask } = opened
  const tokens = new Map<typeof client, string>()
  async function renew(): Promise<void> {
    for (const one of [client, other])
      tokens.set(one, await ownToken(ask, one, 'accounts payments'))
  }
  await renew()
  const callAs =
    (by: typeof client) =>
    (method: string, path: string, body?: unknown, headers = {}): Promise<Answer> =>
      resourceProof(by, tokens.get(by) ?? '', method, `${ISSUER}${path}`, {
        iat: Math.floor((options.clock ?? systemClock).now() / 1000),
      }).then((proof) =>
        callResource(ask, by, tokens.get(by) ?? '', method, path, {
          proof,
          headers,
          ...(body === undefined ? {} : { body }),
        }),
      )
  const call = callAs(client)
  return {
    ...opened,
    call,
    renew,
    callOther: callAs(other),
    /** A payment, and where its authorisation is. */
    async begun(psu = 'amira') {
      const made = await call('POST', PAYMENTS, PAYMENT, { ...EMBEDDED, 'psu-id': psu })
      assert.equal(made.status, 201, made.text)
      assert.equal(made.headers.get('aspsp-sca-approach'), 'EMBEDDED')
      const own = `${PAYMENTS}/${made.body.paymentId}`
      return { id: String(made.body.paymentId), own, sca: pathOf(made, 'updatePsuAuthentication') }
    },
    status: async (path: string) => {
      const { body } = await call('GET', path)
      return body.scaStatus ?? body.transactionStatus ?? body.consentStatus
    },
    collect: (id: string) =>
      askDecoupled(ask, client, {
        scope: 'openid payments accounts',
        login_hint: 'amira',
        consent_id: id,
      }).then(({ body }) =>
        post(ask, client, '/token', {
          grant_type: CIBA,
          auth_req_id: String(body['auth_req_id']),
        }),
      ),
  }
}
const pathOf = ({ body, text }: Answer, link: string): string => {
  assert.ok(body._links[link] !== undefined, `${link}: ${text}`)
  return new URL(String(body._links[link].href)).pathname
}
const questionIn = ({ body }: Answer): string => String(body.challengeData.data[0])
const codeOf = ({ status, body }: Answer) => `${status} ${body.tppMessages?.[0].code}`

test('a payment: the customer is named, a passcode, a code over amount and payee, and its token', async (t) => {
  const { begun, call, status, token, record, collect } = await bank(t)
  const { id, own, sca } = await begun()
  assert.equal(await status(sca), 'psuIdentified')
  const asked = await call('PUT', sca, RIGHT)
  assert.equal(asked.status, 200, asked.text)
  assert.equal(asked.headers.get('aspsp-sca-approach'), 'EMBEDDED')
  assert.equal(asked.body.scaStatus, 'scaMethodSelected')
  assert.equal(asked.body.chosenScaMethod.authenticationType, 'CHIP_OTP')
  const authorise = pathOf(asked, 'authoriseTransaction')
  const wrong = await call('PUT', authorise, { scaAuthenticationData: '00000000' })
  assert.equal(codeOf(wrong), '401 PSU_CREDENTIALS_INVALID')
  assert.equal(await status(sca), 'scaMethodSelected')
  const done = await call('PUT', authorise, { scaAuthenticationData: token(questionIn(asked)) })
  assert.deepEqual([done.status, done.body.scaStatus], [200, 'finalised'], done.text)
  assert.equal(await status(sca), 'finalised')
  assert.equal(await status(`${own}/status`), 'ACTC')
  assert.equal((await record())?.decision.authentication, 'succeeded')
  const paid = await collect(id)
  assert.equal(paid.status, 200, JSON.stringify(paid.body))
  const claims = decodeJwt(String(paid.body['access_token']))
  assert.deepEqual([claims['consent_id'], claims['acr']], [id, STRONG])
  const said = claims['sca'] as { outcome: string } // sound: compared next
  assert.equal(said.outcome, 'authenticated')
})

test('where nothing would be asked of him elsewhere a code is asked for here; and no passcode is written anywhere', async (t) => {
  const { begun, call, token, evidence, store, questions } = await bank(t, { exempt: true })
  const { sca } = await begun()
  const asked = await call('PUT', sca, RIGHT)
  const done = await call('PUT', sca, { scaAuthenticationData: token(questionIn(asked)) })
  assert.equal(done.body.scaStatus, 'finalised', done.text)
  assert.doesNotMatch(JSON.stringify([evidence.entries, questions]), new RegExp(PASSCODE))
  const kept = await store.run(countAuthorizations, { model: EMBEDDED_RECORD, limit: 9 })
  assert.equal(kept, 0, 'it is gone with the answer')
})

test('a consent to all accounts, started without a name; one whose accounts are to be picked needs a page', async (t) => {
  const { call, status, token } = await bank(t)
  const made = await call('POST', '/v1/consents', ACCESS, EMBEDDED)
  assert.equal(made.headers.get('aspsp-sca-approach'), 'EMBEDDED')
  const start = pathOf(made, 'startAuthorisationWithPsuAuthentication')
  assert.equal(codeOf(await call('POST', start, RIGHT, EMBEDDED)), '400 FORMAT_ERROR', 'who?')
  const asked = await call('POST', start, RIGHT, AMIRA)
  assert.deepEqual([asked.status, asked.body.authorisationId], [201, '1'], asked.text)
  const done = await call('PUT', pathOf(asked, 'authoriseTransaction'), {
    scaAuthenticationData: token(questionIn(asked)),
  })
  assert.equal(done.body.scaStatus, 'finalised', done.text)
  // One of her accounts is somebody else's, too.
  const own = `/v1/consents/${made.body.consentId}`
  assert.equal(await status(`${own}/status`), 'partiallyAuthorised')

  const picked = await call(
    'POST',
    '/v1/consents',
    { ...ACCESS, access: { accounts: [], balances: [] } },
    AMIRA,
  )
  assert.equal(picked.headers.get('aspsp-sca-approach'), 'REDIRECT')
})

test('several methods: one is chosen; a sent code says amount and payee', async (t) => {
  const sent: CodeMessage[] = []
  const {
    begun,
    call,
    sca: own,
  } = await bank(t, {
    methods: ['transaction-code', 'one-time-code'],
    sent,
  })
  const codes = () => sent.filter(({ transaction }) => transaction !== undefined)
  await enrol(own, 'cust-amira', 'one-time-code', () => sent.at(-1)?.code ?? '', {
    to: '+4917012345678',
  })
  const { sca } = await begun()
  const early = await call('PUT', sca, { authenticationMethodId: 'one-time-code' })
  assert.equal(codeOf(early), '409 STATUS_INVALID', 'no passcode yet')
  const listed = await call('PUT', sca, RIGHT)
  assert.equal(listed.body.scaStatus, 'psuAuthenticated')
  assert.deepEqual(
    listed.body.scaMethods.map(
      (one: { authenticationMethodId: string }) => one.authenticationMethodId,
    ),
    ['transaction-code', 'one-time-code'],
  )
  const soon = await call('PUT', sca, { scaAuthenticationData: '12345678' })
  assert.equal(codeOf(soon), '409 STATUS_INVALID', 'nothing is chosen')
  const unknown = await call('PUT', sca, { authenticationMethodId: 'face' })
  assert.equal(codeOf(unknown), '400 SCA_METHOD_UNKNOWN')
  assert.equal(codes().length, 0)
  const chosen = await call('PUT', sca, { authenticationMethodId: 'one-time-code' })
  assert.equal(chosen.body.chosenScaMethod.authenticationType, 'SMS_OTP', chosen.text)
  assert.equal(chosen.body.challengeData, undefined)
  const [message, ...more] = codes()
  assert.deepEqual(more, [])
  const [payment] = message?.transaction?.shown.payments ?? []
  assert.deepEqual([payment?.amount, payment?.payeeName], ['123.50', 'Merchant 123'])
  const done = await call('PUT', sca, { scaAuthenticationData: message?.code })
  assert.equal(done.body.scaStatus, 'finalised', done.text)
})

test('which element was wrong is not said, and who is nobody is answered as anybody', async (t) => {
  const { begun, call } = await bank(t)
  const seen = new Set<string>()
  for (const [psu, password] of [
    ['amira', 'not the passcode'],
    ['amira', PASSCODE],
    ['ben', PASSCODE],
    ['nobody-at-all', PASSCODE],
  ] as const) {
    const { sca } = await begun(psu)
    const asked = await call('PUT', sca, { psuData: { password } })
    assert.match(questionIn(asked), /^[0-9a-f]{64}$/, psu)
    const wrong = await call('PUT', sca, { scaAuthenticationData: '00000000' })
    const own = new RegExp(sca.split('/')[4] ?? '', 'g')
    seen.add(
      JSON.stringify([
        asked.status,
        asked.text.replace(questionIn(asked), 'QUESTION').replace(own, 'PAYMENT'),
        wrong.status,
        wrong.text,
      ]),
    )
  }
  assert.equal(seen.size, 1, [...seen].join('\n'))
})

test('five wrong ones block the customer, and the answer is the same; the right code does nothing then', async (t) => {
  const { begun, call, status, token } = await bank(t)
  const { own, sca } = await begun()
  const asked = await call('PUT', sca, RIGHT)
  const answers = new Set<string>()
  for (let at = 0; at < 5; at++)
    answers.add((await call('PUT', sca, { scaAuthenticationData: '00000000' })).text)
  const right = await call('PUT', sca, { scaAuthenticationData: token(questionIn(asked)) })
  answers.add(right.text)
  assert.deepEqual([answers.size, codeOf(right)], [1, '401 PSU_CREDENTIALS_INVALID'])
  assert.equal(await status(`${own}/status`), 'RCVD', 'the payment is not refused by it')
})

test('a code of another payment, of another client’s, or sent again is none', async (t) => {
  const { begun, call, callOther, token, status } = await bank(t)
  const [first, second] = [await begun(), await begun()]
  const one = await call('PUT', first.sca, RIGHT)
  await call('PUT', second.sca, RIGHT)
  const code = { scaAuthenticationData: token(questionIn(one)) }
  assert.equal(codeOf(await call('PUT', second.sca, code)), '401 PSU_CREDENTIALS_INVALID')
  const foreign = await callOther('PUT', first.sca, code, EMBEDDED)
  const unknown = await callOther('PUT', `${PAYMENTS}/${'x'.repeat(22)}/authorisations/1`, code)
  assert.deepEqual([foreign.status, foreign.text], [unknown.status, unknown.text])
  assert.equal((await call('PUT', first.sca, code)).body.scaStatus, 'finalised')
  assert.equal(codeOf(await call('PUT', first.sca, code)), '409 STATUS_INVALID')
  assert.equal(await status(second.sca), 'scaMethodSelected')
})

test('of 50 right answers at once one counts, and the consent is authorised once', async (t) => {
  const { begun, call, token, evidence, status } = await bank(t)
  const { own, sca } = await begun()
  const code = { scaAuthenticationData: token(questionIn(await call('PUT', sca, RIGHT))) }
  const answers = await Promise.all(Array.from({ length: 50 }, () => call('PUT', sca, code)))
  const done = answers.filter(({ body }) => body.scaStatus === 'finalised')
  assert.equal(done.length, 1, answers.map(codeOf).join())
  assert.equal(await status(`${own}/status`), 'ACTC')
  const authorised = evidence.entries.filter(({ action }) => action === 'consent-authorise')
  assert.equal(authorised.length, 1)
})

const SKEWED_MS = 5_000
test('after five minutes nothing counts, and the next try is another authorisation', async (t) => {
  // The library stamps tokens of 300 s with the time of the machine: between both looks they are neither too new nor too old.
  let later = -SKEWED_MS
  const clock = { now: () => Date.now() + later, monotonic: () => Date.now() + later }
  const { begun, call, renew, token, status } = await bank(t, { clock })
  const { own, sca } = await begun()
  const asked = await call('PUT', sca, RIGHT)
  later += EMBEDDED_SECONDS * 1000
  await renew()
  const late = await call('PUT', sca, { scaAuthenticationData: token(questionIn(asked)) })
  assert.equal(codeOf(late), '409 STATUS_INVALID')
  assert.equal(await status(sca), 'failed')
  const next = await call('POST', `${own}/authorisations`, RIGHT, AMIRA)
  assert.equal(next.body.authorisationId, '1-2', next.text)
})

test('bodies that are none of the three steps, or two at once', async (t) => {
  const { begun, call } = await bank(t)
  const { sca } = await begun()
  for (const body of [
    { psuData: {} },
    { psuData: { password: '' } },
    { psuData: { password: PASSCODE, additionalPassword: 'x' } },
    { psuData: { encryptedPassword: 'x' } },
    { ...RIGHT, scaAuthenticationData: '12345678' },
    { scaAuthenticationData: 12_345_678 },
    { scaAuthenticationData: '1'.repeat(65) },
    { authenticationMethodId: '' },
    'no json',
  ])
    assert.equal(codeOf(await call('PUT', sca, body)), '400 FORMAT_ERROR', JSON.stringify(body))
})

test('what is asked through the third party is not on the page of approvals', async (t) => {
  const { ask, begun } = await bank(t, { decoupled: 'page' })
  await begun()
  const phone = await phoneOf(ask)
  assert.doesNotMatch(phone.list.text, /Budget Buddy/)
})

test('without the word of the bank passcodes are not taken', async (t) => {
  const { call } = await bank(t, { methods: [], decoupled: 'page' })
  const made = await call('POST', PAYMENTS, PAYMENT, AMIRA)
  assert.equal(made.headers.get('aspsp-sca-approach'), 'REDIRECT')
  const own = `${PAYMENTS}/${made.body.paymentId}/authorisations`
  const started = await call('POST', own, RIGHT, AMIRA)
  assert.equal(started.headers.get('aspsp-sca-approach'), 'REDIRECT')
  assert.equal(codeOf(await call('PUT', `${own}/1`, RIGHT, AMIRA)), '400 FORMAT_ERROR')
})
