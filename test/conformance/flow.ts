/** The flow that nearly every module of the suite begins with, checked as the suite checks it. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import { SuiteBrowser } from './browser.ts'
import { type Answer, now, type SuiteClient } from './run.ts'

export interface Granted {
  readonly token: string
  readonly refreshToken: string
  readonly answer: Answer
}

async function verified(client: SuiteClient, jwt: string): Promise<JWTPayload> {
  const { run } = client
  const keys = await run.ask(`${client.issuer}/jwks`)
  const set = createLocalJWKSet(keys.body as unknown as JSONWebKeySet) // sound: a key set
  const { payload, protectedHeader } = await jwtVerify(jwt, set, {
    issuer: client.issuer,
    audience: client.id,
    algorithms: ['PS256', 'ES256', 'EdDSA'],
  })
  assert.ok(protectedHeader.kid)
  return payload
}

/** What came back to the client's address: from the query, or from the signed answer in it. */
export async function responseOf(
  client: SuiteClient,
  end: URL | Answer,
): Promise<Readonly<Record<string, unknown>>> {
  assert.ok(
    end instanceof URL,
    end instanceof URL ? '' : end.text + client.run.said().slice(-2_000),
  )
  const registered = new URL(client.redirectUri)
  assert.equal(end.origin + end.pathname, registered.origin + registered.pathname)
  for (const [name, value] of registered.searchParams)
    assert.equal(end.searchParams.get(name), value, 'the query that was registered comes back')
  assert.equal(end.hash, '')
  if (client.plan.variant['fapi_response_mode'] !== 'jarm')
    return Object.fromEntries(end.searchParams)
  assert.deepEqual(
    [...end.searchParams.keys()].filter((name) => !registered.searchParams.has(name)),
    ['response'],
  )
  const payload = await verified(client, String(end.searchParams.get('response')))
  assert.ok(Number(payload.exp) <= now() + 600, 'JARM: ten minutes at most')
  return payload
}

type Pushed = Parameters<SuiteClient['push']>[1]
export interface Asked {
  readonly push?: Pushed
  /** Beside the `request_uri`, at the authorization endpoint. */
  readonly redirect?: Readonly<Record<string, string>>
}

export async function authorized(
  client: SuiteClient,
  changes: Readonly<Record<string, string | undefined>> = {},
  { push, redirect }: Asked = {},
) {
  const browser = new SuiteBrowser(client.run)
  const { params, verifier } = await client.request(changes)
  const { requestUri } = await pushed(client, params, push)
  const end = await browser.open(client.authorizeUrl(requestUri, redirect ?? said(params)))
  const response = await responseOf(client, end)
  return { params, verifier, requestUri, response, browser }
}

/** A pushed request that is taken, checked as the suite does. */
export async function pushed(
  client: SuiteClient,
  params: Readonly<Record<string, string>>,
  push: Pushed = {},
) {
  const answer = await client.push(params, push)
  assert.equal(answer.status, 201, answer.text)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
  assert.ok(Number(answer.body['expires_in']) < 600, '5.3.2.2-12')
  const requestUri = String(answer.body['request_uri'])
  assert.ok(requestUri.length > 40)
  return { requestUri, expiresIn: Number(answer.body['expires_in']) }
}
/** What the suite says at the authorization endpoint beside the `request_uri`, as OAuth and OpenID ask it to. */
export const said = ({
  response_type = '',
  scope = '',
  redirect_uri = '',
}: Readonly<Record<string, string>>): Record<string, string> => ({
  response_type,
  scope,
  redirect_uri,
})
export const codeForm = (
  client: SuiteClient,
  {
    response,
    verifier,
  }: Readonly<{ response: Readonly<Record<string, unknown>>; verifier: string }>,
) => ({
  grant_type: 'authorization_code',
  code: String(response['code']),
  redirect_uri: client.redirectUri,
  code_verifier: verifier,
})

export async function granted(
  client: SuiteClient,
  changes: Readonly<Record<string, string | undefined>> = {},
  asked: Asked = {},
  more: Parameters<SuiteClient['post']>[2] = {},
): Promise<Granted> {
  const got = await authorized(client, changes, asked)
  answered(client, got)
  const answer = await client.post('token_endpoint', codeForm(client, got), more)
  return tokensOf(client, answer, got.params)
}

export function answered(
  client: SuiteClient,
  { params, response }: Readonly<Record<'params' | 'response', Readonly<Record<string, unknown>>>>,
): void {
  assert.equal(response['iss'], client.issuer, '5.3.2.2-7')
  assert.equal(response['state'], params['state'])
  assert.ok(String(response['code']).length >= 22, 'enough entropy')
  const known = ['aud', 'code', 'exp', 'iss', 'state', 'dummy1', 'dummy2']
  assert.deepEqual(
    Object.keys(response).filter((name) => !known.includes(name)),
    [],
  )
}

export async function tokensOf(
  client: SuiteClient,
  answer: Answer,
  params: Readonly<Record<string, string>> = {},
): Promise<Granted> {
  assert.equal(answer.status, 200, answer.text)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  const { body } = answer
  const token = String(body['access_token'])
  assert.ok(token.length >= 43)
  assert.equal(String(body['token_type']).toLowerCase(), client.proves ? 'dpop' : 'bearer')
  assert.ok(Number(body['expires_in']) <= 300)
  const cnf = Object.keys(Object(decodeJwt(token)['cnf']))
  assert.deepEqual(cnf, [client.proves ? 'jkt' : 'x5t#S256'])
  if (!client.printed.scope.includes('openid')) assert.equal(body['id_token'], undefined)
  else {
    const id = await verified(client, String(body['id_token']))
    assert.equal(id['nonce'], params['nonce'])
    assert.ok(typeof id.sub === 'string' && Number(id.exp) > now() && Number(id.iat) <= now() + 5)
    if (id['at_hash'] !== undefined) {
      const half = createHash('sha256').update(token).digest().subarray(0, 16)
      assert.equal(id['at_hash'], half.toString('base64url'))
    }
  }
  if (client.plan.variant['authorization_request_type'] === 'rar')
    assert.ok(Array.isArray(body['authorization_details']), 'RFC 9396 §7')
  return { token, refreshToken: String(body['refresh_token']), answer }
}
