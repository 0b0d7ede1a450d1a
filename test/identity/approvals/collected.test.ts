/**
 * The token of a consent that was authorised on a device (Berlin Group, decoupled): its third party asks by CIBA with the consent named, and
 * the customer, who has answered, is not asked again. Once; for whoever answered; of their own consents.
 */
import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { test, type TestContext } from 'node:test'
import { decodeJwt } from 'jose'
import { systemClock } from '../../../src/app/system-ports.ts'
import type { ClientMetadata } from '../../../src/identity/client-metadata.ts'
import type { Fetch } from '../../../src/identity/outbound.ts'
import type { Clock } from '../../../src/lib/index.ts'
import { createProjection } from '../../../src/feed/index.ts'
import { openStoreFeed } from '../../../src/store/index.ts'
import { realScheduler } from '../../support/real-scheduler.ts'
import { askDecoupled, makeClient, post, refresh } from '../client.ts'
import { type Answer, callResource, ownToken, SCA, startBank } from '../consents/bank.ts'
import { page } from '../consents/journey.ts'
import { assertAnswer } from '../refusals.ts'
import { pathsIn, phoneOf } from './phone.ts'

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
const AMIRA = { 'tpp-decoupled-preferred': 'true', 'psu-id': 'amira' }
const decoupled = (id: string, metadata: Partial<ClientMetadata> = {}) =>
  makeClient(id, {
    client_name: 'Budget Buddy',
    grant_types: [CIBA, 'refresh_token', 'client_credentials'],
    response_types: [],
    redirect_uris: [],
    backchannel_token_delivery_mode: 'poll',
    ...metadata,
  })

async function bank(
  t: TestContext,
  {
    outside,
    clock = systemClock,
    ...metadata
  }: Partial<ClientMetadata> & { readonly outside?: Fetch; readonly clock?: Clock } = {},
) {
  const client = await decoupled('tpp', metadata)
  const other = await decoupled('other')
  const { ask, store } = await startBank(t, {
    testClients: [client, other],
    decoupled: 'page',
    clock,
    ...(outside === undefined ? {} : { outside }),
  })
  const own = await ownToken(ask, client, 'accounts payments')
  const call = (path: string, body: unknown): Promise<Answer> =>
    callResource(ask, client, own, 'POST', path, { headers: AMIRA, body })
  const number = ({ body }: Answer): string => /\d{2}/.exec(String(body.psuMessage))?.[0] ?? ''
  const approve = async (made: Answer, accounts: readonly (readonly [string, string])[] = []) => {
    const phone = await phoneOf(ask)
    const shown = await phone.open()
    page(await phone.approve(shown, [['number', number(made)], ...accounts]))
  }
  const request = (consent: string, form: Record<string, string> = {}, by = client) =>
    askDecoupled(ask, by, {
      scope: 'openid accounts payments',
      login_hint: 'amira',
      consent_id: consent,
      ...form,
    })
  const poll = (asked: Awaited<ReturnType<typeof request>>) =>
    post(ask, client, '/token', {
      grant_type: CIBA,
      auth_req_id: String(asked.body['auth_req_id']),
    })
  const waiting = async (): Promise<number> => pathsIn((await phoneOf(ask)).list).length
  return { ask, store, client, other, call, approve, request, poll, waiting }
}

test('who was approved on the device asks once more, for the token: nobody is asked again', async (t) => {
  const { ask, store, client, call, approve, request, poll, waiting } = await bank(t)
  const before = Math.floor(Date.now() / 1000)
  const made = await call('/v1/consents', ACCESS)
  const id = String(made.body.consentId)
  await approve(made, [['account', '22200']])
  const asked = await request(id)
  assertAnswer(asked, '200', 'asked')
  assert.equal(await waiting(), 0)
  const { body, status } = await poll(asked)
  assert.equal(status, 200, JSON.stringify(body))
  const claims = decodeJwt(String(body['access_token']))
  assert.deepEqual(
    [claims['consent_id'], claims.sub, claims['client_id'], claims['acr']],
    [id, 'cust-amira', 'tpp', SCA],
  )
  assert.ok(Number(claims['auth_time']) >= before, 'when they answered, not when it was collected')
  assert.ok(Number(claims['auth_time']) <= Date.now() / 1000)
  // It is what gateways know: this client, this customer, in force.
  const feed = openStoreFeed({ store, clock: systemClock, scheduler: realScheduler })
  t.after(() => feed.close())
  const consent = (await createProjection(feed, systemClock)).consent(id)
  assert.deepEqual(
    [consent?.client, consent?.subject, consent?.status, [...(consent?.accounts ?? [])]],
    ['tpp', 'cust-amira', 'valid', ['22200']],
  )
  assert.equal((await refresh(ask, client, String(body['refresh_token']))).status, 200)

  // Who has a grant and asks anew means that the customer authenticates anew.
  const again = await request(id)
  assertAnswer(again, '200', 'asked')
  assert.equal(await waiting(), 1)
  assertAnswer(await poll(again), '400 authorization_pending', 'not answered')
  assertAnswer(await poll(asked), '400 invalid_grant', 'once')
})

test('who is notified hears of it when the response with its name has left, and no response waits for that', async (t) => {
  const order: string[] = []
  const finished = (message: unknown): void => {
    const { request } = Object(message) as { readonly request?: IncomingMessage } // sound: as Node documents this channel
    if (request?.url === '/bc-authorize') order.push('answered')
  }
  subscribe('http.server.response.finish', finished)
  t.after(() => unsubscribe('http.server.response.finish', finished))
  const heard = Promise.withResolvers<RequestInit>()
  const answered = Promise.withResolvers<Response>()
  const { call, approve, request, poll } = await bank(t, {
    backchannel_token_delivery_mode: 'ping',
    backchannel_client_notification_endpoint: 'https://tpp.example/told',
    outside: (_, init) => {
      order.push('told')
      heard.resolve(init)
      return answered.promise
    },
  })
  const made = await call('/v1/consents', ACCESS)
  await approve(made, [['account', '22200']])
  const asked = await request(String(made.body.consentId), {
    client_notification_token: 'n'.repeat(32),
  })
  assertAnswer(asked, '200', 'before the notification is answered')
  const { body } = await heard.promise
  assert.equal(body, JSON.stringify({ auth_req_id: asked.body['auth_req_id'] }))
  assert.deepEqual(order, ['answered', 'told'])
  answered.resolve(new Response(null, { status: 204 }))
  assertAnswer(await poll(asked), '200', 'told, and asked')
})

test('a payment likewise; before its customer has answered it is asked for as ever', async (t) => {
  const { call, approve, request, poll, waiting } = await bank(t)
  const made = await call(PAYMENTS, PAYMENT)
  const id = String(made.body.paymentId)
  await approve(made)
  const { body } = await poll(await request(id, { scope: 'openid payments' }))
  const claims = decodeJwt(String(body['access_token']))
  assert.deepEqual([claims['consent_id'], claims['scope']], [id, 'payments'])
  const open = await call(PAYMENTS, PAYMENT)
  const early = await request(String(open.body.paymentId))
  assertAnswer(await poll(early), '400 authorization_pending', 'nobody has answered')
  assert.equal(await waiting(), 2, 'by either way the customer may answer')
})

test('nobody collects what another client, or another customer, was given', async (t) => {
  const { call, approve, request, other, waiting, poll } = await bank(t)
  const made = await call('/v1/consents', ACCESS)
  const id = String(made.body.consentId)
  await approve(made, [['account', '22200']])
  assertAnswer(await request(id, {}, other), '400 invalid_request', 'another client')
  assertAnswer(await request('0'.repeat(32)), '400 invalid_request', 'and one that never was')
  const ben = await request(id, { login_hint: 'ben' })
  assertAnswer(ben, '200', 'it is asked for')
  assertAnswer(await poll(ben), '400 authorization_pending', 'of who has not answered')
  assert.equal(await waiting(), 0)
})

test('of 50 who collect at once one has the token, and nobody a second', async (t) => {
  const { call, approve, request, poll } = await bank(t)
  const made = await call(PAYMENTS, PAYMENT)
  await approve(made)
  const id = String(made.body.paymentId)
  const asked = await Promise.all(Array.from({ length: 50 }, () => request(id)))
  const open = asked.filter(({ status }) => status === 200)
  const polled = await Promise.all(open.map((one) => poll(one)))
  assert.equal(polled.filter(({ status }) => status === 200).length, 1)
})

test('an authentication that is over is none to collect: the customer is asked', async (t) => {
  let shift = 0
  const { call, approve, request, poll, waiting } = await bank(t, {
    clock: { ...systemClock, now: () => Date.now() + shift },
  })
  const made = await call('/v1/consents', ACCESS)
  shift = -181 * 86_400_000
  await approve(made, [['account', '22200']])
  shift = 0
  const asked = await request(String(made.body.consentId))
  assertAnswer(await poll(asked), '400 authorization_pending', 'not answered')
  assert.equal(await waiting(), 1)
})

test('what ended meanwhile gives no token', async (t) => {
  const { ask, client, call, approve, request } = await bank(t)
  const made = await call('/v1/consents', ACCESS)
  const id = String(made.body.consentId)
  await approve(made, [['account', '22200']])
  const own = await ownToken(ask, client, 'accounts')
  await callResource(ask, client, own, 'DELETE', `/v1/consents/${id}`)
  assertAnswer(await request(id), '400 invalid_request', 'it was given up')
})

const DETAIL = {
  type: 'payment_initiation',
  instructedAmount: { currency: 'EUR', amount: '123.5' },
  debtorAccount: { iban: 'DE89370400440532013000' },
  creditorAccount: { iban: 'DE02100100109307118603' },
  creditorName: 'Merchant 123',
}
const beside = (...details: unknown[]) => ({ authorization_details: JSON.stringify(details) })

test('details beside a named consent say again what it says, and no payment that its customer never saw', async (t) => {
  const { call, approve, request, poll, waiting } = await bank(t)
  const other = { ...DETAIL, instructedAmount: { currency: 'EUR', amount: '9999.00' } }
  const read = await call('/v1/consents', ACCESS)
  const access = String(read.body.consentId)
  await approve(read, [['account', '22200']])
  const made = await call(PAYMENTS, PAYMENT)
  const payment = String(made.body.paymentId)
  await approve(made)
  for (const [consent, form] of [
    [access, beside(DETAIL)],
    [access, beside({ type: 'account_access', permissions: ['more'] })],
    [payment, beside(other)],
    [payment, beside(DETAIL, other)],
  ] as const)
    assertAnswer(await request(consent, form), '400 invalid_request', JSON.stringify(form))
  assert.equal(await waiting(), 0)
  const { body } = await poll(
    await request(payment, { scope: 'openid payments', ...beside(DETAIL) }),
  )
  assert.deepEqual(decodeJwt(String(body['access_token']))['authorization_details'], [DETAIL])
})
