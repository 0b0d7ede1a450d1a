/** CIBA with consents: what the device is told, what its answer makes of the consent, and that of many answers and many polls one counts. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { decodeJwt } from 'jose'
import type { DecoupledDevice, DecoupledRequest } from '../../src/identity/decoupled.ts'
import { askDecoupled, makeClient, post, type TestClient } from './client.ts'
import { type Bank, SCA, startBank } from './consents/bank.ts'
import { assertAnswer } from './refusals.ts'

const CIBA = 'urn:openid:params:grant-type:ciba'
const HOW = { acr: SCA, amr: ['hwk', 'face'], accounts: ['22200'] }
const READ = {
  type: 'account_access',
  permissions: ['ReadAccountsBasic'],
  accounts: ['22200'],
}
const decoupledClient = (id: string): Promise<TestClient> =>
  makeClient(id, {
    client_name: 'Budget Buddy',
    grant_types: [CIBA, 'refresh_token'],
    response_types: [],
    redirect_uris: [],
    backchannel_token_delivery_mode: 'poll',
  })

async function started(t: TestContext, again: Partial<Parameters<typeof startBank>[1]> = {}) {
  const client = again.testClients?.[0] ?? (await decoupledClient('tpp'))
  const other = again.testClients?.[1] ?? (await decoupledClient('other'))
  const asked: DecoupledRequest[] = []
  const decoupled: DecoupledDevice = () => ({
    subjectOf: (hint) => Promise.resolve(hint === 'amira' ? 'cust-amira' : undefined),
    ask: (request) => Promise.resolve(void asked.push(request)),
  })
  const bank = await startBank(t, { ...again, testClients: [client, other], decoupled })
  const desk = bank.server.decoupled
  assert.ok(desk)
  return { bank, client, other, asked, desk }
}

async function begin({ ask }: Bank, client: TestClient, form: Record<string, string> = {}) {
  const params = { scope: 'openid accounts', login_hint: 'amira', ...form }
  const answer = await askDecoupled(ask, client, params)
  assertAnswer(answer, '200', 'asked')
  return String(answer.body['auth_req_id'])
}
const poll = ({ ask }: Bank, client: TestClient, id: string) =>
  post(ask, client, '/token', { grant_type: CIBA, auth_req_id: id })

test('the device is told what is asked, and its answer puts the consent in force', async (t) => {
  const { bank, client, asked, desk } = await started(t)
  const id = await begin(bank, client, {
    binding_message: 'Budget 4711',
    authorization_details: JSON.stringify([READ]),
  })
  const [told] = asked
  assert.ok(told)
  assert.equal(told.id, id)
  assert.equal(told.clientName, 'Budget Buddy')
  assert.equal(told.bindingMessage, 'Budget 4711')
  assert.equal(told.subject, 'cust-amira')
  assert.equal(told.consent.status, 'awaiting')
  assert.deepEqual(told.consent.permissions, ['ReadAccountsBasic'])
  assert.ok(told.expiresAt > Date.now())
  assert.deepEqual(await desk.find(id), told, 'and can be read again')

  assertAnswer(await poll(bank, client, id), '400 authorization_pending', 'not answered yet')
  assert.equal(await desk.approve(id, HOW), 'done')
  assert.equal(await desk.approve(id, HOW), 'done', 'said twice is said once')
  assert.equal(await desk.refuse(id), 'over', 'and is not taken back here')
  assert.equal(await desk.find(id), undefined)
  const done = await poll(bank, client, id)
  assertAnswer(done, '200', 'answered')
  const claims = decodeJwt(String(done.body['access_token']))
  assert.equal(claims['consent_id'], told.consent.id)
  assert.equal(claims['acr'], SCA)
  assert.deepEqual(claims['authorization_details'], [READ])
  assertAnswer(await poll(bank, client, id), '400 invalid_grant', 'once')
})

test('a refusal ends the consent, and no approval comes after it', async (t) => {
  const { bank, client, asked, desk } = await started(t)
  const id = await begin(bank, client)
  assert.equal(await desk.refuse(id), 'done')
  assert.equal(await desk.approve(id, HOW), 'over')
  assertAnswer(await poll(bank, client, id), '400 access_denied', 'refused')
  const again = await begin(bank, client)
  assert.equal(await desk.approve(again, { ...HOW, accounts: ['22201'] }), 'done')
  const claims = decodeJwt(String((await poll(bank, client, again)).body['access_token']))
  assert.equal(claims['consent_id'], asked[1]?.consent.id)
  assert.notEqual(asked[0]?.consent.id, asked[1]?.consent.id, 'each request has its own')
})

test('accounts that were named and are not the customer’s are no answer but a refusal', async (t) => {
  const { bank, client, desk } = await started(t)
  const details = JSON.stringify([{ ...READ, accounts: ['22200', '99999'] }])
  const id = await begin(bank, client, { authorization_details: details })
  assert.equal(await desk.approve(id, HOW), 'done')
  assertAnswer(await poll(bank, client, id), '400 access_denied', 'refused')
  const none = await begin(bank, client)
  assert.equal(await desk.approve(none, { ...HOW, accounts: [] }), 'done')
  assertAnswer(await poll(bank, client, none), '400 access_denied', 'nothing was picked')
})

test('where another customer must agree too, one is not enough', async (t) => {
  const { bank, client, desk } = await started(t)
  const details = JSON.stringify([{ ...READ, accounts: ['33333'] }])
  const id = await begin(bank, client, { authorization_details: details })
  assert.equal(await desk.approve(id, HOW), 'waits')
  assertAnswer(await poll(bank, client, id), '400 authorization_pending', 'for the other one')
})

test('what was asked before a restart is answered after it', async (t) => {
  const secret = randomBytes(32).toString('base64url')
  const { bank, client, other } = await started(t, { secret })
  const id = await begin(bank, client)
  bank.server.stop()
  const next = await started(t, { secret, store: bank.store, testClients: [client, other] })
  assert.equal((await next.desk.find(id))?.id, id)
  assert.equal(await next.desk.approve(id, HOW), 'done')
  assertAnswer(await poll(next.bank, client, id), '200', 'answered')
})

test('an answer is for the client that asked', async (t) => {
  const { bank, client, other, desk } = await started(t)
  const id = await begin(bank, client)
  assert.equal(await desk.approve(id, HOW), 'done')
  assertAnswer(await poll(bank, other, id), '400 invalid_grant', 'of another')
  assertAnswer(await poll(bank, client, id), '200', 'of its own')
})

test('what a client asked that is none any more is not answered, and waits until it is one again', async (t) => {
  const { bank, client, other, asked, desk } = await started(t)
  const id = await begin(bank, client)
  bank.server.openClients([other.metadata])()
  assert.equal(await desk.find(id), undefined)
  assert.deepEqual([await desk.approve(id, HOW), await desk.refuse(id)], ['over', 'over'])
  assertAnswer(await poll(bank, client, id), '401 invalid_client', 'it is nobody')
  bank.server.openClients([client.metadata, other.metadata])()
  assert.equal((await desk.find(id))?.consent.status, 'awaiting', 'nothing was put in force')
  assert.equal(asked.length, 1)
  assert.equal(await desk.approve(id, HOW), 'done')
  assertAnswer(await poll(bank, client, id), '200', 'answered')
})

test('of fifty who approve and refuse at once, and fifty who poll, one counts', async (t) => {
  const { bank, client, asked, desk } = await started(t)
  const id = await begin(bank, client)
  const said = await Promise.all(
    Array.from({ length: 50 }, (_, at) => (at % 2 === 0 ? desk.approve(id, HOW) : desk.refuse(id))),
  )
  const consent = asked[0]?.consent.id ?? ''
  const approved = said.filter((one, at) => one === 'done' && at % 2 === 0).length
  const refused = said.filter((one, at) => one === 'done' && at % 2 === 1).length
  assert.ok(approved === 0 || refused === 0, `${approved} and ${refused}`)
  const answers = await Promise.all(Array.from({ length: 50 }, () => poll(bank, client, id)))
  const got = answers.filter(({ status }) => status === 200)
  assert.equal(got.length, approved > 0 ? 1 : 0)
  for (const { body } of got)
    assert.equal(decodeJwt(String(body['access_token']))['consent_id'], consent)
})
