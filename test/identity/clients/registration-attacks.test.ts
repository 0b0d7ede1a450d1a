/** What must be refused at registration, whoever tries: nothing of it may leave a client, or use a statement up. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SignJWT, UnsecuredJWT } from 'jose'
import { MAX_A_MINUTE } from '../../../src/identity/clients/registration-rate.ts'
import { listClients } from '../../../src/store/index.ts'
import { ISSUER, now, signingJwk } from '../client.ts'
import { CALLBACK, DIRECTORY, holder, ORGANIZATION, uk, type World, world } from './third-party.ts'

type Case = readonly [what: string, request: string | object, error: string]

/** Nobody was registered, and the same third party still can be. */
async function refusesAll(at: World, cases: readonly Case[]): Promise<void> {
  assert.ok(cases.length > 0)
  for (const [what, request, error] of cases) {
    // Each by a certificate of its own, so that no limit is met.
    const answer = await at.send(holder(), 'POST', '/register', request)
    assert.equal(answer.status, 400, `${what}: ${JSON.stringify(answer.body)}`)
    assert.equal(answer.body['error'], error, `${what}: ${JSON.stringify(answer.body)}`)
  }
  assert.deepEqual(await at.store.run(listClients, { after: '', limit: 10 }), [])
  const made = await at.send(holder(), 'POST', '/register', await at.signed())
  assert.equal(made.status, 201, JSON.stringify(made.body))
}

test('statements that are forged, old, foreign or tampered with', async (t) => {
  const at = await world(t)
  const stranger = await signingJwk('PS256')
  const rsa = await signingJwk('PS256')
  const good = await at.statement()
  const [head = '', body = '', signature = ''] = good.split('.')
  const changed = Buffer.from(
    JSON.stringify({
      ...(JSON.parse(Buffer.from(body, 'base64url').toString()) as object),
      software_redirect_uris: ['https://evil.example/'],
    }),
  ).toString('base64url')
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>
  const hmac = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', kid: String(at.directory.jwk.kid) })
    .sign(Buffer.from(JSON.stringify(at.directory.open)))
  const rs256 = `${Buffer.from(JSON.stringify({ alg: 'RS256', kid: at.directory.jwk.kid })).toString('base64url')}.${body}.${signature}`
  const statements: readonly (readonly [string, string, string])[] = [
    ['no signature', new UnsecuredJWT(claims).encode(), 'invalid_software_statement'],
    ['HS256 with the public key', hmac, 'invalid_software_statement'],
    ['RS256', rs256, 'invalid_software_statement'],
    [
      'by a stranger with the name of the key',
      await at.statement(
        {},
        { ...stranger, jwk: { ...stranger.jwk, kid: String(at.directory.jwk.kid) } },
      ),
      'invalid_software_statement',
    ],
    ['by a stranger', await at.statement({}, rsa), 'invalid_software_statement'],
    [
      'with its key in the header',
      await at.statement({}, stranger, { jwk: stranger.open, kid: undefined }),
      'invalid_software_statement',
    ],
    ['tampered with', `${head}.${changed}.${signature}`, 'invalid_software_statement'],
    ['cut off', good.slice(0, -20), 'invalid_software_statement'],
    [
      'of another issuer',
      await at.statement({ iss: 'Closed Banking Ltd' }),
      'unapproved_software_statement',
    ],
    [
      'an hour and more old',
      await at.statement({ iat: now() - 3601 }),
      'invalid_software_statement',
    ],
    ['of tomorrow', await at.statement({ iat: now() + 3600 }), 'invalid_software_statement'],
    ['expired', await at.statement({ exp: now() - 1 }), 'invalid_software_statement'],
    ['not valid yet', await at.statement({ nbf: now() + 600 }), 'invalid_software_statement'],
    ['without jti', await at.statement({ jti: undefined }), 'invalid_software_statement'],
    ['without iat', await at.statement({ iat: undefined }), 'invalid_software_statement'],
    [
      'without software_id',
      await at.statement({ software_id: undefined }),
      'invalid_software_statement',
    ],
    ['without org_id', await at.statement({ org_id: undefined }), 'invalid_software_statement'],
    [
      'of another organisation',
      await at.statement({ org_id: '0015800000other' }),
      'unapproved_software_statement',
    ],
    [
      'of another registration',
      await at.statement({
        organisation_competent_authority_claims: { authority_id: 'FCA', registration_id: '654321' },
      }),
      'unapproved_software_statement',
    ],
    [
      'of one that is not active',
      await at.statement({ org_status: 'Revoked' }),
      'unapproved_software_statement',
    ],
    ['without a role', await at.statement({ software_roles: [] }), 'unapproved_software_statement'],
    [
      'of a bank',
      await at.statement({ software_roles: ['ASPSP'] }),
      'unapproved_software_statement',
    ],
    [
      'with a critical extension',
      await at.statement({}, at.directory, { crit: ['b64'], b64: true }),
      'invalid_software_statement',
    ],
  ]
  const cases: Case[] = []
  for (const [what, statement, error] of statements)
    cases.push([what, { ...(await uk(at)), software_statement: statement }, error])
  cases.push([
    'no text',
    { ...(await uk(at)), software_statement: 7 },
    'invalid_software_statement',
  ])
  await refusesAll(at, cases)
})

test('signed requests that are not of the software, for us, or now', async (t) => {
  const at = await world(t)
  const stranger = await signingJwk('PS256')
  await refusesAll(at, [
    ['by a stranger', await at.signed({}, stranger), 'invalid_client_metadata'],
    ['by the directory', await at.signed({}, at.directory), 'invalid_client_metadata'],
    ['no signature', new UnsecuredJWT(await uk(at)).encode(), 'invalid_client_metadata'],
    ['JSON that says it is signed', JSON.stringify(await uk(at)), 'invalid_client_metadata'],
    ['of another software', await at.signed({ iss: 'another' }), 'invalid_client_metadata'],
    [
      'for another server',
      await at.signed({ aud: 'https://other.example' }),
      'invalid_client_metadata',
    ],
    [
      'for several',
      await at.signed({ aud: [ISSUER, 'https://other.example'] }),
      'invalid_client_metadata',
    ],
    ['expired', await at.signed({ exp: now() - 1 }), 'invalid_client_metadata'],
    ['without exp', await at.signed({ exp: undefined }), 'invalid_client_metadata'],
    ['for a year', await at.signed({ exp: now() + 31_536_000 }), 'invalid_client_metadata'],
    ['of tomorrow', await at.signed({ iat: now() + 86_400 }), 'invalid_client_metadata'],
    ['without jti', await at.signed({ jti: undefined }), 'invalid_client_metadata'],
    [
      'a chain that is none',
      await at.signed({}, at.software, { x5c: 'me' }),
      'invalid_client_metadata',
    ],
    [
      'a chain of nonsense',
      await at.signed({}, at.software, { x5c: ['AAAA'] }),
      'invalid_client_metadata',
    ],
    [
      'without a statement',
      await at.signed({ software_statement: undefined }),
      'invalid_client_metadata',
    ],
  ])
})

test('redirect URIs that are not exactly what was vouched for', async (t) => {
  const at = await world(t)
  const variants = [
    'https://budget-buddy.example/callback/',
    'https://budget-buddy.example/callback?x=1',
    'https://budget-buddy.example/callback#',
    'https://budget-buddy.example/callback/../other2',
    'https://budget-buddy.example/%63allback',
    'https://BUDGET-buddy.example/callback',
    'https://budget-buddy.example:443/callback',
    'https://budget-buddy.example./callback',
    'https://budget-buddy.example:8443/callback',
    'https://a.budget-buddy.example/callback',
    'https://*.budget-buddy.example/callback',
    'https://user@budget-buddy.example/callback',
    'https://budget-buddy.example\\@evil.example/callback',
    ' https://budget-buddy.example/callback',
    'http://budget-buddy.example/callback',
    'javascript:alert(1)',
    'com.budget-buddy:/callback',
    '',
  ]
  const cases: Case[] = []
  for (const uri of variants)
    cases.push([uri, { ...(await uk(at)), redirect_uris: [uri] }, 'invalid_redirect_uri'])
  for (const uris of [
    [],
    [CALLBACK, CALLBACK],
    [CALLBACK, 'https://evil.example/'],
    'x',
    [7],
    Array(21).fill(CALLBACK),
  ])
    cases.push([
      JSON.stringify(uris).slice(0, 40),
      { ...(await uk(at)), redirect_uris: uris },
      'invalid_redirect_uri',
    ])
  // A directory that vouches for them makes them no better.
  for (const uri of [
    'http://budget-buddy.example/callback',
    'https://localhost/callback',
    'https://app.localhost/callback',
    'https://127.0.0.1/callback',
    'https://[::1]/callback',
    'https://10.0.0.1/callback',
    'https://intranet/callback',
    'https://*.example/callback',
    'https://budget-buddy.example/callback#x',
    'https://budget-buddy.example/%0d%0aSet-Cookie:x\t',
  ]) {
    const statement = await at.statement({ software_redirect_uris: [uri] })
    const request = { ...(await uk(at)), redirect_uris: [uri], software_statement: statement }
    cases.push([uri, request, 'invalid_redirect_uri'])
  }
  await refusesAll(at, cases)
})

test('metadata that would make a client weaker, or somebody else', async (t) => {
  const at = await world(t)
  const key = (await signingJwk('PS256')).open
  const members: readonly object[] = [
    { client_id: 'gateway' },
    { client_secret: 'mine' },
    { client_id_issued_at: 1 },
    { registration_access_token: 'mine' },
    { registration_client_uri: 'https://evil.example/' },
    { access_token_format: 'opaque' },
    { request_uris: ['https://evil.example/'] },
    { sector_identifier_uri: 'https://evil.example/' },
    { initiate_login_uri: 'https://evil.example/' },
    { software_id: 'another' },
    { token_endpoint_auth_method: 'none' },
    { token_endpoint_auth_method: 'client_secret_basic' },
    { token_endpoint_auth_method: 'self_signed_tls_client_auth' },
    { token_endpoint_auth_signing_alg: 'RS256' },
    { token_endpoint_auth_signing_alg: 'none' },
    { id_token_signed_response_alg: 'HS256' },
    { request_object_signing_alg: 'none' },
    { grant_types: ['password'] },
    { grant_types: ['implicit'] },
    { grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:jwt-bearer'] },
    { grant_types: 'authorization_code' },
    { response_types: ['token'] },
    { response_types: ['code id_token'] },
    { application_type: 'native' },
    { subject_type: 'pairwise' },
    { scope: 'openid accounts payments fundsconfirmations' },
    { scope: 'openid admin' },
    { scope: ['accounts'] },
    { authorization_details_types: ['everything'] },
    { dpop_bound_access_tokens: true, tls_client_certificate_bound_access_tokens: true },
    { dpop_bound_access_tokens: false, tls_client_certificate_bound_access_tokens: false },
    { jwks: { keys: [key] } },
    { jwks_uri: 'https://evil.example/jwks' },
    {
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: 'CN=Somebody Else',
    },
    { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'bank.example' },
    {
      grant_types: ['urn:openid:params:grant-type:ciba'],
      backchannel_token_delivery_mode: 'push',
    },
    {
      grant_types: ['urn:openid:params:grant-type:ciba'],
      backchannel_token_delivery_mode: 'ping',
      backchannel_client_notification_endpoint: 'https://169.254.169.254/latest/meta-data',
    },
  ]
  const cases: Case[] = []
  for (const one of members)
    cases.push([JSON.stringify(one), { ...(await uk(at)), ...one }, 'invalid_client_metadata'])
  for (const name of ['<b>x</b>', 'safe\u202Eevil', 'x'.repeat(129), ' ']) {
    const statement = await at.statement({ software_client_name: name })
    const request = { ...(await uk(at)), software_statement: statement }
    cases.push([name, request, 'invalid_client_metadata'])
  }
  await refusesAll(at, cases)
})

test('what is not known is left out', async (t) => {
  const at = await world(t)
  const more = {
    logo_uri: 'javascript:alert(1)',
    post_logout_redirect_uris: ['https://evil.example/'],
    __proto__: { polluted: true },
    constructor: 'x',
    backchannel_logout_uri: 'https://evil.example/',
    userinfo_signed_response_alg: 'none',
  }
  const made = await at.send(holder(), 'POST', '/register', { ...(await uk(at)), ...more })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  for (const name of Object.keys(more)) assert.ok(!Object.hasOwn(made.body, name), name)
})

test('who has no certificate, an untrusted one, a seal or one that says too little', async (t) => {
  const untrusted = holder()
  const at = await world(t, { untrusted: [untrusted] })
  const seal = holder(ORGANIZATION, ['PSP_AI'], { purpose: 'eseal', keyType: 'rsa' })
  for (const who of [undefined, untrusted, seal]) {
    const answer = await at.send(who, 'POST', '/register', await at.signed())
    assert.equal(answer.status, 401)
    assert.equal(answer.body['error'], 'invalid_client')
  }
  const plain = holder(ORGANIZATION, null)
  const alone = { client_name: 'x', redirect_uris: [CALLBACK] }
  const answer = await at.send(plain, 'POST', '/register', alone)
  assert.equal(answer.body['error'], 'unapproved_software_statement')
  const other = await at.send(holder('PSDGB-FCA-654321'), 'POST', '/register', await at.signed())
  assert.equal(
    other.body['error'],
    'unapproved_software_statement',
    'the statement of somebody else',
  )
})

test('a statement of somebody else with a certificate of one’s own', async (t) => {
  const at = await world(t)
  const mine = 'PSDGB-FCA-654321'
  await at.setRegister([{}, { organizationIdentifier: mine, directoryIds: ['mine'] }])
  const stolen = await at.send(holder(mine), 'POST', '/register', await uk(at))
  assert.equal(stolen.body['error'], 'unapproved_software_statement')
})

test('a statement that was used, and a software that is registered', async (t) => {
  const at = await world(t)
  const request = await uk(at)
  assert.equal((await at.send(holder(), 'POST', '/register', request)).status, 201)
  const software = await at.statement({ software_id: 'another' })
  const other = { ...request, software_statement: software }
  assert.equal((await at.send(holder(), 'POST', '/register', other)).status, 201)
  const again = await at.send(holder(), 'POST', '/register', request)
  assert.equal(again.body['error'], 'invalid_client_metadata')
  const jti = 'once'
  const one = await at.statement({ software_id: 'a', jti })
  const two = await at.statement({ software_id: 'b', jti })
  const first = await at.send(holder(), 'POST', '/register', {
    ...request,
    software_statement: one,
  })
  assert.equal(first.status, 201)
  const replayed = await at.send(holder(), 'POST', '/register', {
    ...request,
    software_statement: two,
  })
  assert.equal(replayed.body['error'], 'invalid_software_statement')
  assert.equal(DIRECTORY, 'OpenBanking Ltd')
})

test('of 50 registrations of one software at once, one wins', async (t) => {
  const at = await world(t)
  const requests = await Promise.all(Array.from({ length: 50 }, () => at.signed()))
  const answers = await Promise.all(
    requests.map((request) => at.send(holder(), 'POST', '/register', request)),
  )
  assert.equal(answers.filter(({ status }) => status === 201).length, 1)
  assert.equal(answers.filter(({ body }) => body['error'] === 'invalid_client_metadata').length, 49)
  assert.equal((await at.store.run(listClients, { after: '', limit: 100 })).length, 1)
})

test('a flood by one certificate is turned away, and others are served', async (t) => {
  const at = await world(t)
  const me = holder()
  const statuses: number[] = []
  for (let n = 0; n < MAX_A_MINUTE + 2; n++)
    statuses.push((await at.send(me, 'POST', '/register', {})).status)
  assert.deepEqual(statuses.slice(0, MAX_A_MINUTE), Array(MAX_A_MINUTE).fill(400))
  assert.deepEqual(statuses.slice(MAX_A_MINUTE), [429, 429])
  const late = await at.send(me, 'POST', '/register', {})
  assert.equal(late.headers.get('retry-after'), '60')
  assert.equal((await at.send(holder(), 'POST', '/register', await at.signed())).status, 201)
  assert.equal(at.evidence.lines(({ outcome }) => outcome === 'refused').length, MAX_A_MINUTE)
})

test('bodies that are too large, of another kind, or no text', async (t) => {
  const at = await world(t)
  const send = async (body: Uint8Array | string, type: string) => {
    const headers = { 'content-type': type, 'test-certificate': at.present(holder()) }
    const answer = await at.ask('/register', { method: 'POST', headers, body: Buffer.from(body) })
    return answer.status
  }
  assert.equal(await send(`{"x":"${'x'.repeat(65_530)}"}`, 'application/json'), 413)
  assert.equal(await send('{}', 'text/plain'), 415)
  assert.equal(await send('a=b', 'application/x-www-form-urlencoded'), 415)
  for (const body of ['', '{', '[]', 'null', '7', Buffer.from([0xff, 0xfe])])
    assert.equal(await send(body, 'application/json'), 400)
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
    const { status, headers } = await at.send(holder(), method, '/register')
    assert.deepEqual([status, headers.get('allow')], [405, 'POST'], method)
  }
  assert.deepEqual(at.problems, [])
})
