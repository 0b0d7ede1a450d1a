/** The modules of FAPI-CIBA ID1, polled and told, each by the name that the suite gives it: its customer's device is told what to do, as the suite does it. */
import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose'
import { makeCertificates } from '../../src/app/index.ts'
import { ANSWERS_AFTER_MS } from '../../src/identity/automatic-customer.ts'
import { until } from '../support/until.ts'
import { refused } from './checks.ts'
import { tokensOf } from './flow.ts'
import { type Answer, now, type Posted, type Run, startRun, SuiteClient } from './run.ts'
import { isListed } from './table.ts'

interface Notified {
  readonly path: string
  readonly authorization: string | undefined
  readonly type: string | undefined
  readonly body: string
}
const POLL = ['ciba-poll', 'ciba-poll-mtls']
const PING = ['ciba-ping', 'ciba-ping-mtls']
const ALL = [...POLL, ...PING]
const KEY = ['ciba-poll', 'ciba-ping']
const MTLS = ['ciba-poll-mtls', 'ciba-ping-mtls']
const GRANT = 'urn:openid:params:grant-type:ciba'
const BACKCHANNEL = 'backchannel_authentication_endpoint'
const HOUR = 3600
const notified: Notified[] = []
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-suite-'))
let run: Run
/** What the suite's own address answers to whom it is told with this token; a place that it sends to is seen in `notified` too. */
const answers = new Map<
  string,
  { readonly status: number; readonly location?: string; readonly body?: string }
>()
const suite = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk: Buffer) => (body += chunk.toString()))
  request.on('end', () => {
    const { authorization, 'content-type': type } = request.headers
    notified.push({ path: request.url ?? '', authorization, type, body })
    const how = answers.get(authorization ?? '') ?? { status: 204 }
    const { location } = how
    response.writeHead(how.status, location === undefined ? {} : { location }).end(how.body)
  })
})
before(async () => {
  const dir = join(folder, 'certs')
  makeCertificates({
    dir,
    organization: 'Suite',
    organizationIdentifier: 'PSDGB-FCA-100009',
    hosts: ['localhost'],
    days: 10,
    now: Date.now(),
  })
  const pem = (name: string): string => readFileSync(join(dir, name), 'utf8')
  suite.setSecureContext({ cert: pem('server.pem'), key: pem('server-key.pem') })
  suite.listen(0, '127.0.0.1')
  await once(suite, 'listening')
  const { port } = suite.address() as AddressInfo // sound: it listens on TCP
  run = await startRun(['--suite', `https://localhost:${port}`, '--suite-ca', join(dir, 'ca.pem')])
})
after(async () => {
  await run.stop()
  suite.closeAllConnections()
  suite.close()
  rmSync(folder, { recursive: true, force: true })
})

function module(
  name: string,
  plans: readonly string[],
  plays: (client: SuiteClient, other: SuiteClient) => Promise<void>,
): void {
  for (const plan of plans)
    modules.push([
      `fapi-ciba-id1${name === '' ? '' : '-'}${name}: ${plan}`,
      async () => plays(await SuiteClient.of(run, plan), await SuiteClient.of(run, plan, 2)),
    ])
}
/** They mostly wait for a customer: so all of them do at once. */
const modules: [string, () => Promise<void>][] = []
const isTold = (client: SuiteClient): boolean => client.plan.variant['ciba_mode'] === 'ping'
/** With this token it was told. */
const toldWith = (token: string): readonly Notified[] =>
  notified.filter(({ authorization }) => authorization === `Bearer ${token}`)

interface AskedFor extends Posted {
  readonly params?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
  readonly sign?: (claims: JWTPayload) => Promise<string>
  /** By which it is told of the answer. */
  readonly token?: string
}
async function asked(client: SuiteClient, more: AskedFor = {}): Promise<Answer> {
  const { hint_type: type = '', hint_value: value = '', scope } = client.printed
  const request = await client.requestObject(
    {
      scope,
      [type]: value,
      binding_message: '1234',
      ...(isTold(client) ? { client_notification_token: more.token ?? randomUUID() } : {}),
      ...more.params,
    },
    {
      claims: { iat: now(), jti: randomUUID(), ...more.claims },
      ...(more.sign === undefined ? {} : { sign: more.sign }),
    },
  )
  return client.post(BACKCHANNEL, { request }, more)
}
async function begun(client: SuiteClient, more: AskedFor = {}): Promise<string> {
  const answer = await asked(client, more)
  assert.equal(answer.status, 200, answer.text)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
  const { auth_req_id: id, expires_in: expiresIn, interval } = answer.body
  assert.match(String(id), /^[A-Za-z0-9._~-]{27,}$/, '160 bits')
  assert.ok(Number.isInteger(expiresIn) && Number(expiresIn) > 0)
  assert.ok(interval === undefined || Number(interval) > 0)
  return String(id)
}
const poll = (client: SuiteClient, id: string, more: Posted = {}): Promise<Answer> =>
  client.post('token_endpoint', { grant_type: GRANT, auth_req_id: id }, more)
/** As the suite calls what `automated_ciba_approval_url` says. */
async function device(client: SuiteClient, id: string, action: 'allow' | 'deny'): Promise<void> {
  const url = client.plan.configuration.automated_ciba_approval_url ?? ''
  const answer = await run.ask(url.replace('{auth_req_id}', id).replace('{action}', action), {
    method: 'POST',
  })
  assert.equal(answer.status, 200)
  // The suite waits for five seconds before it asks again.
  await setTimeout(ANSWERS_AFTER_MS)
}
/** Asks until there is an answer, which is given however soon it is asked for. */
async function answered(
  client: SuiteClient,
  id: string,
  more: () => Promise<Posted> = () => Promise.resolve({}),
): Promise<Answer> {
  for (;;) {
    const answer = await poll(client, id, await more())
    if (!['authorization_pending', 'slow_down'].includes(String(answer.body['error'])))
      return answer
  }
}
async function allowed(client: SuiteClient, more: AskedFor = {}) {
  const id = await begun(client, more)
  await device(client, id, 'allow')
  const got = await tokensOf(client, await answered(client, id))
  const read = await client.read(got.token)
  assert.equal(read.status, 200, read.text)
  return { ...got, id }
}
/** CIBA Core §13. */
function spoilt(
  name: string,
  more: (client: SuiteClient, other: SuiteClient) => AskedFor,
  codes: readonly string[] = ['invalid_request'],
): void {
  // The judgement is the same however an answer is told.
  module(name, ['ciba-poll', 'ciba-ping-mtls'], async (client, other) => {
    refused(await asked(client, more(client, other)), codes, 400)
  })
}

module('discovery-end-point-verification', ALL, async (client) => {
  const says = (name: string): readonly unknown[] => {
    const value = client.metadata[name]
    assert.ok(Array.isArray(value), name)
    return value
  }
  assert.ok(says('backchannel_token_delivery_modes_supported').includes('poll'))
  assert.ok(says('backchannel_token_delivery_modes_supported').includes('ping'))
  assert.ok(says('grant_types_supported').includes(GRANT))
  for (const alg of ['PS256', 'ES256'])
    assert.ok(says('backchannel_authentication_request_signing_alg_values_supported').includes(alg))
  assert.equal(client.metadata['backchannel_user_code_parameter_supported'], false)
  assert.equal(client.metadata['tls_client_certificate_bound_access_tokens'], true)
  assert.equal(URL.parse(String(client.metadata[BACKCHANNEL]))?.protocol, 'https:')
  // Asked for of the second client where the server says that there are some.
  assert.equal(client.metadata['acr_values_supported'], undefined)
})
module('', ALL, async (client, other) => {
  const id = await begun(client)
  refused(await poll(client, id), ['authorization_pending', 'slow_down'], 400)
  await device(client, id, 'allow')
  const { token, answer } = await tokensOf(client, await answered(client, id))
  const idToken = String(answer.body['id_token'])
  assert.ok(['PS256', 'ES256'].includes(decodeProtectedHeader(idToken).alg ?? ''))
  const claims = decodeJwt(idToken)
  for (const name of ['c_hash', 's_hash']) assert.equal(claims[name], undefined)
  for (const accept of ['application/json', 'application/json, application/*+json, */*']) {
    const headers = { accept, 'x-fapi-customer-ip-address': '2001:DB8::1893:25c8:1946' }
    const read = await client.read(token, { headers })
    assert.equal(read.status, 200)
    assert.match(read.headers.get('content-type') ?? '', /^application\/json/)
    assert.match(read.headers.get('x-fapi-interaction-id') ?? '', /^[0-9a-f-]{36}$/)
  }
  const url = new URL(client.plan.configuration.resource.resourceUrl)
  url.searchParams.set('access_token', token)
  const query = await run.ask(url.href, { certificate: client.identity })
  assert.ok(query.status >= 400 && query.status < 500)
  // The second client: typed, an expiry of its own, and a token to be told with that is as long as one may be.
  const long = randomBytes(768).toString('base64url')
  assert.equal(long.length, 1024)
  const told = isTold(other) ? { client_notification_token: long } : {}
  const second = await allowed(other, { params: { requested_expiry: 300, ...told } })
  if (isTold(other)) assert.equal(toldWith(long).length, 1)
  const foreign = await client.read(second.token)
  assert.ok(foreign.status >= 400 && foreign.status < 500)
  refused(await poll(other, second.id), ['invalid_grant'], 400)
})
module('user-rejects-authentication', ALL, async (client) => {
  const id = await begun(client)
  await device(client, id, 'deny')
  refused(await answered(client, id), ['access_denied'], 400)
})
module('multiple-call-to-token-endpoint', ALL, async (client) => {
  const id = await begun(client)
  for (let times = 0; times < 20; times++)
    refused(await poll(client, id), ['authorization_pending', 'slow_down'], 400)
  await device(client, id, 'allow')
  await tokensOf(client, await answered(client, id))
})
module('auth-req-id-expired', ALL, async (client) => {
  const id = await begun(client, { params: { requested_expiry: 1 } })
  const end = now() + 1
  await until(() => now() > end)
  refused(await poll(client, id), ['expired_token'], 400)
})
module('ensure-authorization-request-with-binding-message-succeeds', ALL, async (client) => {
  await allowed(client, { params: { binding_message: '1234' } })
})
module('ensure-other-scope-order-succeeds', ALL, async (client) => {
  await allowed(client, {
    params: { scope: client.printed.scope.split(' ').reverse().join(' ') },
  })
})
module('ensure-requested-expiry-as-string-succeeds', ALL, async (client) => {
  const answer = await asked(client, { params: { requested_expiry: '30' } })
  assert.equal(answer.body['expires_in'], 30)
  await allowed(client, { params: { requested_expiry: '30' } })
})
spoilt(
  'ensure-authorization-request-with-potentially-bad-binding-message',
  () => ({
    params: { binding_message: '1234 👍🏿 品川 Lorem ipsum dolor sit amet, consectetur adipiscing' },
  }),
  ['invalid_binding_message'],
)

spoilt('ensure-request-object-missing-aud-fails', () => ({ claims: { aud: undefined } }))
spoilt('ensure-request-object-bad-aud-fails', () => ({
  claims: { aud: 'https://www.other1.example.com/' },
}))
spoilt('ensure-request-object-missing-iss-fails', () => ({ claims: { iss: undefined } }))
spoilt('ensure-request-object-bad-iss-fails', () => ({
  claims: { iss: 'https://www.other1.example.com/' },
}))
spoilt('ensure-request-object-missing-exp-fails', () => ({ claims: { exp: undefined } }))
spoilt('ensure-request-object-expired-exp-fails', () => ({ claims: { exp: now() - HOUR } }))
spoilt('ensure-request-object-exp-is-70-minutes-in-future-fails', () => ({
  claims: { exp: now() + 4200 },
}))
spoilt('ensure-request-object-missing-iat-fails', () => ({ claims: { iat: undefined } }))
spoilt('ensure-request-object-missing-nbf-fails', () => ({ claims: { nbf: undefined } }))
spoilt('ensure-request-object-nbf-is-10-minutes-in-future-fails', () => ({
  claims: { nbf: now() + 600, exp: now() + 900 },
}))
spoilt('ensure-request-object-nbf-is-70-minutes-in-past-fails', () => ({
  claims: { nbf: now() - 4200 },
}))
spoilt('ensure-request-object-missing-jti-fails', () => ({ claims: { jti: undefined } }))
spoilt('ensure-request-object-signature-algorithm-is-none-fails', () => ({
  sign: (claims) =>
    Promise.resolve(
      `${[{ alg: 'none' }, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.')}.`,
    ),
}))
spoilt('ensure-request-object-signature-algorithm-is-bad-fails', (client) => ({
  async sign(claims) {
    const [head = '', body = '', signature = ''] = (await client.sign(claims)).split('.')
    const other = Buffer.from(signature, 'base64url').map((byte) => byte ^ 0x5a)
    return `${head}.${body}.${Buffer.from(other).toString('base64url')}`
  },
}))
spoilt('ensure-request-object-signature-algorithm-is-RS256-fails', (client) => ({
  sign: (claims) => client.signRs256(claims),
}))
spoilt('ensure-request-object-signed-by-other-client-fails', (_, other) => ({
  sign: (claims) => other.sign(claims),
}))
spoilt('ensure-authorization-request-with-multiple-hints-fails', () => ({
  params: { id_token_hint: 'eyJhbGciOiJub25lIn0.e30.', login_hint: 'cust-amira' },
}))
module('ensure-backchannel-authorization-request-without-request-fails', ALL, async (client) => {
  const { hint_type: type = '', hint_value: value = '', scope } = client.printed
  const form = { scope, [type]: value, binding_message: '1234' }
  const told = isTold(client) ? { client_notification_token: randomUUID() } : {}
  refused(await client.post(BACKCHANNEL, { ...form, ...told }), ['invalid_request'], 400)
})
module('ensure-wrong-auth-req-id-in-token-endpoint-request', ALL, async (client, other) => {
  const id = await begun(client)
  refused(await poll(other, id), ['invalid_grant'], 400)
  await device(client, id, 'allow')
  await tokensOf(client, await answered(client, id))
})

module(
  'ensure-different-client-id-and-issuer-in-backchannel-authorization-request',
  MTLS,
  async (client, other) => {
    refused(await asked(client, { form: { client_id: other.id } }), ['invalid_client'], 401)
  },
)
module(
  'ensure-wrong-client-id-in-backchannel-authorization-request',
  MTLS,
  async (client, other) => {
    const answer = await asked(client, { form: { client_id: other.id }, claims: { iss: other.id } })
    refused(answer, ['access_denied', 'invalid_request', 'invalid_client'])
  },
)
module('ensure-wrong-client-id-in-token-endpoint-request', MTLS, async (client, other) => {
  const id = await begun(client)
  refused(await poll(client, id, { form: { client_id: other.id } }), ['invalid_client'])
})

const CLIENT_ERRORS = ['access_denied', 'invalid_request', 'invalid_client']
module('ensure-without-client-assertion-in-token-endpoint-request', KEY, async (client) => {
  const id = await begun(client)
  const answer = await poll(client, id, { assertion: null, form: { client_id: client.id } })
  refused(answer, ['invalid_client'])
})
module(
  'ensure-without-client-assertion-in-backchannel-authorization-request',
  KEY,
  async (client) => {
    refused(await asked(client, { assertion: null, form: { client_id: client.id } }), CLIENT_ERRORS)
  },
)
module(
  'ensure-client-assertion-signature-algorithm-in-backchannel-authorization-request-is-RS256-fails',
  KEY,
  async (client) => {
    const claims = decodeJwt(await client.assertion(client.issuer))
    refused(await asked(client, { assertion: await client.signRs256(claims) }), CLIENT_ERRORS)
  },
)
module(
  'ensure-client-assertion-signature-algorithm-in-token-endpoint-request-is-RS256-fails',
  KEY,
  async (client) => {
    const id = await begun(client)
    const claims = decodeJwt(await client.assertion(client.issuer))
    refused(await poll(client, id, { assertion: await client.signRs256(claims) }), [
      'invalid_client',
    ])
  },
)
module('ensure-client-assertion-with-iss-aud-to-token-endpoint-succeeds', KEY, async (client) => {
  const id = await begun(client)
  await device(client, id, 'allow')
  const named = async (): Promise<Posted> => ({ assertion: await client.assertion(client.issuer) })
  await tokensOf(client, await answered(client, id, named))
})
module(
  'ensure-invalid-client-assertions-in-backchannel-authorization-request-fail',
  KEY,
  async (client) => {
    const good = await client.assertion(client.issuer)
    const [head = '', body = '', signature = ''] = good.split('.')
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
    const other = Buffer.from(signature, 'base64url').map((byte) => byte ^ 0x5a)
    const spoiltClaims = [
      { sub: undefined },
      { sub: 'wrong-sub-value' },
      { iss: undefined },
      { iss: 'wrong-issuer-value' },
      { aud: undefined },
      { aud: 'https://fapidev-rs.authlete.net/api/userinfo' },
      { exp: now() - 300 },
    ]
    for (const assertion of [
      `${none}.${body}.`,
      `${head}.${body}.${Buffer.from(other).toString('base64url')}`,
      ...(await Promise.all(spoiltClaims.map((claims) => client.assertion(client.issuer, claims)))),
    ])
      refused(await asked(client, { assertion }), CLIENT_ERRORS)
    for (const type of ['', 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer'])
      refused(await asked(client, { form: { client_assertion_type: type } }), CLIENT_ERRORS)
    await allowed(client)
  },
)

for (const [name, how] of [
  ['response-has-body', { status: 200, body: '{"a":1}' }],
  ['response-401', { status: 401 }],
  ['response-403', { status: 403 }],
  ['return-redirect-request', { status: 301, location: '/invalid-ciba-notification-endpoint' }],
] as const)
  module(`ping-backchannel-notification-endpoint-${name}`, PING, async (client) => {
    const token = randomBytes(24).toString('base64url')
    answers.set(`Bearer ${token}`, how)
    await allowed(client, { token })
    const [one, more] = toldWith(token)
    assert.ok(one !== undefined && more === undefined, 'once')
    const { path, type, body } = one
    assert.equal(path, `/test/a/${client.plan.configuration.alias}/ciba-notification-endpoint`)
    assert.ok(!notified.some((any) => any.path.includes('invalid')), 'nobody is followed')
    assert.equal(type, 'application/json')
    assert.deepEqual(Object.keys(Object(JSON.parse(body))), ['auth_req_id'])
  })
module(
  'ping-with-mtls-ciba-notification-endpoint-response-401-and-require-server-does-not-retry',
  PING,
  async (client) => {
    const token = randomBytes(24).toString('base64url')
    answers.set(`Bearer ${token}`, { status: 401 })
    const { id } = await allowed(client, { token })
    assert.deepEqual(
      toldWith(token).map(({ body }) => JSON.parse(body) as unknown),
      [{ auth_req_id: id }],
    )
  },
)

module('refresh-token', ALL, async (client, other) => {
  const { refreshToken } = await allowed(client)
  const form = (token: string) => ({ grant_type: 'refresh_token', refresh_token: token })
  const fresh = await client.post('token_endpoint', form(refreshToken))
  assert.equal(fresh.status, 200, fresh.text)
  assert.equal((await client.read(String(fresh.body['access_token']))).status, 200)
  const without = await client.post('token_endpoint', form(refreshToken), { certificate: null })
  refused(without, ['invalid_client', 'invalid_request', 'invalid_grant'])
  const second = await allowed(other)
  refused(await client.post('token_endpoint', form(second.refreshToken)), ['invalid_grant'], 400)
})
module('ensure-mtls-holder-of-key-required', ALL, async (client) => {
  const id = await begun(client)
  await device(client, id, 'allow')
  const answer = await answered(client, id, () => Promise.resolve({ certificate: null }))
  refused(answer, ['invalid_client', 'invalid_request', 'invalid_grant'])
})

test('the automatic device answers for the clients of a run alone, and by POST alone', async () => {
  const client = await SuiteClient.of(run, 'ciba-poll')
  const pages = { ...client.printed, client_id: client.id.replace(/-one$/, '-pages') }
  const asksPages = await SuiteClient.of(run, 'ciba-poll', 1, pages)
  const url = client.plan.configuration.automated_ciba_approval_url ?? ''
  const told = (id: string, action: string, method = 'POST'): Promise<Answer> =>
    run.ask(url.replace('{auth_req_id}', id).replace('{action}', action), { method })
  const id = await begun(asksPages)
  assert.equal((await told(id, 'allow')).status, 404, 'its customer answers on pages')
  assert.equal((await told('x', 'allow')).status, 404)
  const own = await begun(client)
  assert.equal((await told(own, 'allow', 'GET')).status, 405)
  assert.equal((await told(own, 'x')).status, 400)
  refused(await poll(client, own), ['authorization_pending'], 400)
})

describe('FAPI-CIBA ID1', { concurrency: 16 }, () => {
  for (const [name, plays] of modules) test(name, plays)
})

test('modules.md lists what is played here', () => {
  isListed(
    'FAPI-CIBA ID1',
    modules.map(([title]) => title),
  )
})
