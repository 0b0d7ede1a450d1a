/** What comes after the first time, and at the edges: again, by somebody else, too weakly, revoked, and tokens of other kinds. */
import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { systemClock } from '../../../src/app/system-ports.ts'
import { consentBook } from '../../../src/identity/consents/consent-book.ts'
import { createSealing } from '../../../src/identity/sealing.ts'
import { makeClient, post, refresh } from '../client.ts'
import { recordedEvidence } from '../evidence.ts'
import { callResource, ownToken, SCA, startBank } from './bank.ts'
import { keysOfSecret } from '../../../src/store/index.ts'
import { back, begin, intent, page, Person, tokensFor } from './journey.ts'

const PATH = '/open-banking/v4.0/aisp/account-access-consents'
const BODY = { Data: { Permissions: ['ReadAccountsDetail'] }, Risk: {} }

async function bank(t: TestContext, changes: Parameters<typeof makeClient>[1] = {}) {
  const client = await makeClient('tpp', changes)
  const rig = await startBank(t, { testClients: [client] })
  const token = await ownToken(rig.ask, client, 'accounts')
  const call = (method: string, path: string, body?: unknown, by = token) =>
    callResource(rig.ask, client, by, method, path, { body })
  const made = await call('POST', PATH, BODY)
  assert.equal(made.status, 201, made.text)
  const id = String(made.body.Data.ConsentId)
  return {
    ...rig,
    client,
    call,
    id,
    state: async () => (await call('GET', `${PATH}/${id}`)).body.Data.Status,
    start: (more = {}) => begin(rig.ask, client, { claims: intent(id), ...more }),
  }
}
const PICK = [['account', '22200']] as const
/** Everything on the way to the answer. */
async function agree(
  person: Person,
  path: string,
  picks: readonly (readonly [string, string])[] = PICK,
) {
  const confirm = page(await person.login(page(await person.open(path))))
  return back(await person.send(confirm, /\/confirm$/, picks))
}

test('its customer may authenticate again for a consent in force; somebody else may not join', async (t) => {
  const { ask, client, state, start, id } = await bank(t)
  const person = new Person(ask)
  await tokensFor(ask, client, await agree(person, await start()))
  const again = await agree(person, await start(), [])
  assert.equal((await tokensFor(ask, client, again)).claims['consent_id'], id)
  const ben = new Person(ask)
  const confirm = page(await ben.login(page(await ben.open(await start())), 'ben'))
  page(await ben.send(confirm, /\/confirm$/), 409)
  // And who does not want to renew it has not ended it.
  const other = page(await person.open(await start()))
  assert.equal(back(await person.send(other, /\/refuse$/)).get('error'), 'access_denied')
  assert.equal(await state(), 'AUTH')
})

test('a second person in the same browser is that person', async (t) => {
  const { ask, client, start } = await bank(t)
  const browser = new Person(ask)
  await tokensFor(ask, client, await agree(browser, await start()))
  const second = await callResource(
    ask,
    client,
    await ownToken(ask, client, 'accounts'),
    'POST',
    PATH,
    {
      body: BODY,
    },
  )
  const path = await begin(ask, client, { claims: intent(second.body.Data.ConsentId) })
  const confirm = page(await browser.login(page(await browser.open(path)), 'ben'))
  assert.doesNotMatch(confirm.text, /22200/, 'the accounts are those of who logged in')
  assert.match(confirm.text, /33333/)
})

test('a token of a customer makes no consents', async (t) => {
  const { ask, client, call, start } = await bank(t)
  const { access } = await tokensFor(ask, client, await agree(new Person(ask), await start()))
  assert.equal((await call('POST', PATH, BODY, access)).status, 401)
})

test('tokens that say nothing themselves make consents too, while they are in force', async (t) => {
  const { ask, client, call } = await bank(t, { access_token_format: 'opaque' })
  const token = await ownToken(ask, client, 'accounts')
  assert.ok(!token.includes('.'))
  assert.equal((await call('POST', PATH, BODY, token)).status, 201)
  assert.equal((await post(ask, client, '/revoke', { token })).status, 200)
  assert.equal((await call('POST', PATH, BODY, token)).status, 401)
  assert.equal((await call('POST', PATH, BODY, randomUUID())).status, 401)
})

test('who revokes a refresh token has ended the consent, and no code becomes a token after its end', async (t) => {
  const { ask, client, state, start, call, id } = await bank(t)
  const { refresh: token } = await tokensFor(
    ask,
    client,
    await agree(new Person(ask), await start()),
  )
  assert.equal((await post(ask, client, '/revoke', { token })).status, 200)
  assert.equal(await state(), 'CANC')

  const next = await call('POST', PATH, BODY)
  const other = String(next.body.Data.ConsentId)
  const answer = await agree(new Person(ask), await begin(ask, client, { claims: intent(other) }))
  assert.notEqual(other, id)
  assert.equal((await call('DELETE', `${PATH}/${other}`)).status, 204)
  await assert.rejects(tokensFor(ask, client, answer), /invalid_grant/)
})

test('a consent that ended where nobody could take its grant away gives no token', async (t) => {
  const { ask, client, store, secret, start, id } = await bank(t)
  const { refresh: token } = await tokensFor(
    ask,
    client,
    await agree(new Person(ask), await start()),
  )
  // Another process, killed between the end of the consent and that of its grant.
  const elsewhere = consentBook({
    store,
    sealing: createSealing(keysOfSecret(secret), randomBytes),
    clock: systemClock,
    randomBytes,
    evidence: recordedEvidence(),
    recordFor: () => null,
    forgotten: () => undefined,
    changed: () => undefined,
  })
  assert.equal((await refresh(ask, client, token)).status, 200)
  const done = await elsewhere.act(id, { kind: 'terminate', staff: 'ops', why: 'fraud' })
  assert.ok(done.ok)
  const refused = await refresh(ask, client, token)
  assert.deepEqual([refused.status, refused.body['error']], [400, 'invalid_grant'])
})

test('an authentication that cannot be had is told to the third party, not asked for again and again', async (t) => {
  const { ask, client, id, state } = await bank(t)
  const acr = { essential: true, value: 'urn:example:gold' }
  const claims = JSON.stringify({ id_token: { openbanking_intent_id: { value: id }, acr } })
  const person = new Person(ask)
  const answer = back(
    await person.login(page(await person.open(await begin(ask, client, { claims })))),
  )
  assert.equal(answer.get('error'), 'unmet_authentication_requirements')
  assert.equal(await state(), 'AWAU')
})

test('nor is the customer of test runs, who answers by itself', async (t) => {
  const client = await makeClient('tpp')
  const automatic = {
    subject: 'cust-amira',
    acr: SCA,
    approves: new Set(['tpp']),
    refuses: new Set<string>(),
  }
  const { ask } = await startBank(t, { testClients: [client], elsewhere: { automatic } })
  const acr = { essential: true, values: ['urn:example:gold'] }
  const claims = JSON.stringify({ id_token: { acr } })
  const read = { type: 'account_access', permissions: ['ReadBalances'], accounts: ['22200'] }
  const request = { claims, authorization_details: JSON.stringify([read]) }
  const answer = back(await new Person(ask).open(await begin(ask, client, request)))
  assert.equal(answer.get('error'), 'unmet_authentication_requirements')
})

test('an ID token says how the customer was authenticated to whoever asked, and to nobody else', async (t) => {
  const { ask, client } = await bank(t)
  const asks = async (more: Record<string, string>) => {
    const person = new Person(ask)
    const login = page(await person.open(await begin(ask, client, more)))
    const confirm = page(await person.login(login))
    const answer = back(await person.send(confirm, /\/confirm$/, [['account', '22200']]))
    return (await tokensFor(ask, client, answer)).idToken
  }
  const acr = { essential: true, values: ['urn:example:gold', SCA] }
  assert.equal((await asks({ claims: JSON.stringify({ id_token: { acr } }) }))['acr'], SCA)
  assert.equal((await asks({ acr_values: SCA }))['acr'], SCA)
  assert.equal((await asks({}))['acr'], undefined)
  const told = await (await ask('/.well-known/openid-configuration')).json()
  assert.equal(Object(told)['acr_values_supported'], undefined, 'nothing is promised')
})
