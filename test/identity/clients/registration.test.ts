/** Dynamic registration (RFC 7591) with software statements, and its management (RFC 7592), over the endpoint. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { clientHistory, listClients } from '../../../src/store/index.ts'
import { CALLBACK, certificateKey, holder, ORGANIZATION, uk, world } from './third-party.ts'
import { type SigningJwk, signingJwk, type TestClient } from '../client.ts'
import { post } from '../client.ts'

test('a signed request with a statement makes a client that can be used at once', async (t) => {
  const at = await world(t)
  const me = holder()
  const made = await at.send(me, 'POST', '/register', await at.signed())
  assert.equal(made.status, 201, JSON.stringify(made.body))
  assert.equal(made.headers.get('cache-control'), 'no-store')
  const { body } = made
  assert.match(String(body['client_id']), /^[\w-]{22}$/)
  assert.match(String(body['registration_access_token']), /^[\w-]{43}$/)
  assert.equal(
    body['registration_client_uri'],
    `https://login.bank.example/register/${String(body['client_id'])}`,
  )
  assert.deepEqual(body['redirect_uris'], [CALLBACK])
  assert.equal(body['scope'], 'openid accounts payments')
  assert.deepEqual(body['authorization_details_types'], ['account_access', 'payment_initiation'])
  assert.equal(body['client_name'], 'Budget Buddy')
  assert.ok(Number(body['client_id_issued_at']) > 0)
  assert.equal(body['client_secret'], undefined)

  const client: TestClient = {
    metadata: { client_id: String(body['client_id']) },
    key: at.software,
    algorithm: 'PS256',
    proofKey: at.software,
    certificate: undefined,
  }
  const headers = { 'test-certificate': at.present(me) }
  const form = { grant_type: 'client_credentials', scope: 'accounts' }
  const token = await post(at.ask, client, '/token', form, { headers })
  assert.equal(token.status, 200, JSON.stringify(token.body))
  const payments = { ...form, scope: 'fundsconfirmations' }
  const more = await post(at.ask, client, '/token', payments, { headers })
  assert.equal(more.body['scope'], undefined, 'a scope of another role is not granted')

  assert.deepEqual(
    at.evidence.entries
      .filter(({ action }) => action.startsWith('client-'))
      .map(({ action, caller, after }) => [action, caller, after]),
    [['client-register', ORGANIZATION, 'active']],
  )
  const [history] = await at.store.run(clientHistory, {
    id: String(body['client_id']),
    limit: 10,
  })
  assert.equal(history?.what, 'registered')
  assert.equal(history.actor, ORGANIZATION)
})

test('discovery names the endpoint', async (t) => {
  const at = await world(t)
  const found = await at.send(undefined, 'GET', '/.well-known/openid-configuration')
  assert.equal(found.body['registration_endpoint'], 'https://login.bank.example/register')
})

test('JSON is taken as well; certificate and register alone are enough where there is no statement', async (t) => {
  const at = await world(t)
  const json = await at.send(holder(), 'POST', '/register', await uk(at))
  assert.equal(json.status, 201, JSON.stringify(json.body))
  const own = {
    software_id: 'tool',
    client_name: 'Own tool',
    redirect_uris: ['https://own.example/cb'],
    jwks: { keys: [(await signingJwk('ES256')).open] },
  }
  const alone = await at.send(holder(), 'POST', '/register', own)
  assert.equal(alone.status, 201, JSON.stringify(alone.body))
  assert.deepEqual(alone.body['authorization_details_types'], [
    'account_access',
    'payment_initiation',
  ])
  const again = await at.send(holder(), 'POST', '/register', own)
  assert.equal(again.body['error'], 'invalid_client_metadata', 'one client of one software')
})

test('roles are those that register, certificate and statement agree on', async (t) => {
  const at = await world(t)
  const me = holder(ORGANIZATION, ['PSP_AI'])
  const refused = await at.send(me, 'POST', '/register', await at.signed())
  assert.equal(refused.body['error'], 'invalid_client_metadata')
  const narrow = await at.send(me, 'POST', '/register', await at.signed({ scope: 'accounts' }))
  assert.equal(narrow.status, 201, JSON.stringify(narrow.body))
  assert.deepEqual(narrow.body['authorization_details_types'], ['account_access'])
})

test('a seal of the same holder signs as well as a key of the software', async (t) => {
  const at = await world(t)
  const me = holder()
  const seal = holder(ORGANIZATION, ['PSP_AI', 'PSP_PI'], { purpose: 'eseal', keyType: 'rsa' })
  const by: SigningJwk = { ...at.software, privateKey: await certificateKey(seal, 'PS256') }
  const x5c = [Buffer.from(seal.web.der).toString('base64')]
  const request = await at.signed({}, by, { x5c })
  const made = await at.send(me, 'POST', '/register', request)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  for (const [what, wrong] of [
    ['of another holder', holder('PSDGB-FCA-1', ['PSP_AI'], { purpose: 'eseal', keyType: 'rsa' })],
    ['for websites', holder(ORGANIZATION, ['PSP_AI'], { keyType: 'rsa' })],
  ] as const) {
    const key = { ...at.software, privateKey: await certificateKey(wrong, 'PS256') }
    const chain = { x5c: [Buffer.from(wrong.web.der).toString('base64')] }
    const answer = await at.send(me, 'POST', '/register', await at.signed({}, key, chain))
    assert.equal(answer.body['error'], 'invalid_client_metadata', what)
  }
})

test('a client reads, changes and removes itself with its token, which changes with it', async (t) => {
  const at = await world(t)
  const me = holder()
  const made = (await at.send(me, 'POST', '/register', await at.signed())).body
  const path = `/register/${String(made['client_id'])}`
  const bearer = (of: Record<string, unknown>) => ({
    authorization: `Bearer ${String(of['registration_access_token'])}`,
  })
  const read = await at.send(me, 'GET', path, undefined, bearer(made))
  assert.equal(read.status, 200)
  assert.ok(isDeepStrictEqual(read.body, made), 'what was told at first')

  const put = await at.signed({ redirect_uris: ['https://budget-buddy.example/other'] })
  const changed = await at.send(me, 'PUT', path, put, bearer(made))
  assert.equal(changed.status, 200, JSON.stringify(changed.body))
  assert.deepEqual(changed.body['redirect_uris'], ['https://budget-buddy.example/other'])
  assert.notEqual(changed.body['registration_access_token'], made['registration_access_token'])

  const early = await at.send(me, 'GET', path, undefined, bearer(made))
  assert.equal(early.status, 200, 'the answer may have been lost')
  assert.equal((await at.send(me, 'GET', path, undefined, bearer(changed.body))).status, 200)
  const late = await at.send(me, 'GET', path, undefined, bearer(made))
  assert.equal(late.status, 401, 'the new one was used')

  const other = holder('PSDGB-FCA-999999')
  const foreign = await at.send(other, 'GET', path, undefined, bearer(changed.body))
  assert.deepEqual([foreign.status, foreign.body], [late.status, late.body])
  const unknown = await at.send(me, 'GET', '/register/nobody', undefined, bearer(changed.body))
  assert.deepEqual([unknown.status, unknown.body], [late.status, late.body])
  assert.equal(late.headers.get('www-authenticate'), 'Bearer error="invalid_token"')

  assert.equal((await at.send(me, 'DELETE', path, undefined, bearer(changed.body))).status, 204)
  assert.equal((await at.send(me, 'GET', path, undefined, bearer(changed.body))).status, 401)
  assert.deepEqual(
    at.evidence.lines(({ action, outcome }) => action.startsWith('client-') && outcome === 'done'),
    ['client-register done', 'client-change done', 'client-remove done'],
  )
  const again = await at.send(me, 'POST', '/register', await at.signed())
  assert.equal(again.status, 201, 'its software is free again')
})

test('a change keeps to what a registration may have, and to its own software', async (t) => {
  const at = await world(t)
  const me = holder()
  const made = (await at.send(me, 'POST', '/register', await at.signed())).body
  const path = `/register/${String(made['client_id'])}`
  const headers = { authorization: `Bearer ${String(made['registration_access_token'])}` }
  for (const [claims, error] of [
    [{ client_id: 'somebody-else' }, 'invalid_client_metadata'],
    [{ redirect_uris: ['https://evil.example/'] }, 'invalid_redirect_uri'],
    [{ registration_access_token: 'mine' }, 'invalid_client_metadata'],
    [{ scope: 'fundsconfirmations' }, 'invalid_client_metadata'],
    [
      { iss: 'other', software_statement: await at.statement({ software_id: 'other' }) },
      'invalid_client_metadata',
    ],
  ] as const) {
    const answer = await at.send(me, 'PUT', path, await at.signed(claims), headers)
    assert.equal(answer.body['error'], error, JSON.stringify(claims).slice(0, 80))
  }
  const whole = await at.signed({ client_id: made['client_id'] })
  assert.equal((await at.send(me, 'PUT', path, whole, headers)).status, 200)
})

test('what was read is sent back as it is (RFC 7592 §2.2), keys included, and other keys are refused', async (t) => {
  const at = await world(t)
  const me = holder()
  const made = (await at.send(me, 'POST', '/register', await at.signed())).body
  const path = `/register/${String(made['client_id'])}`
  let token = made['registration_access_token']
  const put = async (changes: object) => {
    const { body } = await at.send(me, 'GET', path, undefined, {
      authorization: `Bearer ${String(token)}`,
    })
    const {
      registration_access_token: _token,
      registration_client_uri: _uri,
      client_id_issued_at: _at,
      ...metadata
    } = body
    const sent = JSON.stringify({ ...metadata, ...changes })
    const answer = await at.send(me, 'PUT', path, sent, {
      authorization: `Bearer ${String(token)}`,
      'content-type': 'application/json',
    })
    if (answer.status === 200) token = answer.body['registration_access_token']
    return { metadata, answer }
  }
  const { metadata, answer } = await put({})
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  assert.ok('jwks' in metadata)
  assert.deepEqual(answer.body['jwks'], metadata['jwks'])
  const { keys } = metadata['jwks'] as { readonly keys: readonly object[] } // sound: as it was registered
  for (const changes of [
    { jwks: { keys: [] } },
    { jwks: { keys: [...keys, ...keys] } },
    { jwks: undefined, jwks_uri: 'https://budget-buddy.example/jwks' },
    { jwks_uri: 'https://budget-buddy.example/jwks' },
  ]) {
    const refused = (await put(changes)).answer
    const got = [refused.status, refused.body['error']]
    assert.deepEqual(got, [400, 'invalid_client_metadata'], JSON.stringify(changes))
  }
  assert.equal((await put({ jwks: undefined })).answer.status, 200, 'left out, they are those')
})

test('a register that withdraws ends the client, and its return needs nobody', async (t) => {
  const at = await world(t)
  const me = holder()
  const made = (await at.send(me, 'POST', '/register', await at.signed())).body
  const client: TestClient = {
    metadata: { client_id: String(made['client_id']) },
    key: at.software,
    algorithm: 'PS256',
    proofKey: at.software,
    certificate: undefined,
  }
  const headers = { 'test-certificate': at.present(me) }
  const token = async (scope = 'accounts') => {
    const form = { grant_type: 'client_credentials', scope }
    const { status, body } = await post(at.ask, client, '/token', form, { headers })
    return status === 200 ? body['scope'] : status
  }
  assert.equal(await token(), 'accounts')
  for (const entries of [[{ status: 'withdrawn' }], [{ status: 'suspended' }], []]) {
    await at.setRegister(entries)
    assert.equal(await token(), 401, JSON.stringify(entries))
    const again = await at.send(me, 'POST', '/register', await at.signed())
    assert.equal(again.body['error'], 'unapproved_software_statement')
    await at.setRegister([{}])
    assert.equal(await token(), 'accounts')
  }
  await at.setRegister([{ roles: ['PSP_AI'] }])
  assert.equal(await token(), 'accounts')
  assert.equal(await token('payments'), undefined, 'a role that the register took away')
  await at.setRegister([{}])
  assert.equal(await token('payments'), 'payments')
})

test('a register that is not signed, is older or out of date changes nothing, and says so', async (t) => {
  const at = await world(t)
  const me = holder()
  const before = Math.floor(Date.now() / 1000)
  for (const [claims, by] of [
    [{}, await signingJwk('PS256')],
    [{ iat: before - 7_200, exp: before + 7_200 }, undefined],
    [{ iat: before - 7_200, exp: before - 3_600 }, undefined],
    [{ iat: before + 7_200, exp: before + 9_000 }, undefined],
  ] as const) {
    const told = at.problems.length
    await at.setRegister([{ status: 'withdrawn' }], claims, by)
    assert.equal(at.problems.length, told + 1, JSON.stringify(claims))
  }
  assert.equal((await at.send(me, 'POST', '/register', await at.signed())).status, 201)
})

test('a partner waits for an approval; who claims to be supervised and is in no register does not', async (t) => {
  const at = await world(t, { partners: true })
  await at.setRegister([])
  const partner = holder(null, null)
  const made = await at.send(partner, 'POST', '/register', await at.signed())
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const [kept] = await at.store.run(listClients, { after: '', limit: 10 })
  assert.equal(kept?.state, 'pending')
  const claimed = await at.send(holder(), 'POST', '/register', await at.signed())
  assert.equal(claimed.body['error'], 'unapproved_software_statement')
  const closed = await world(t, { withoutRegister: true })
  for (const who of [partner, holder()]) {
    const refused = await closed.send(who, 'POST', '/register', await closed.signed())
    assert.equal(refused.body['error'], 'unapproved_software_statement')
  }
})

test('FAPI 1.0 is asked for where the bank lets it, and has its own conditions', async (t) => {
  const fapi1 = {
    fapi_profile: '1.0-advanced',
    require_signed_request_object: true,
    tls_client_certificate_bound_access_tokens: true,
    dpop_bound_access_tokens: false,
  }
  const closed = await world(t)
  const refused = await closed.send(holder(), 'POST', '/register', await closed.signed(fapi1))
  assert.equal(refused.status, 400)
  assert.equal(refused.body['error'], 'invalid_client_metadata')
  const at = await world(t, { fapi1: true })
  const weak = { ...fapi1, require_signed_request_object: false }
  const unsigned = await at.send(holder(), 'POST', '/register', await at.signed(weak))
  assert.equal(unsigned.body['error'], 'invalid_client_metadata')
  const unknown = await at.send(
    holder(),
    'POST',
    '/register',
    await at.signed({ ...fapi1, fapi_profile: '1.0-baseline' }),
  )
  assert.equal(unknown.body['error'], 'invalid_client_metadata')
  const made = await at.send(holder(), 'POST', '/register', await at.signed(fapi1))
  assert.equal(made.status, 201, JSON.stringify(made.body))
  assert.equal(made.body['fapi_profile'], '1.0-advanced')
})
