/** Tokens that their issuer is asked about (RFC 7662), with plain and with signed answers (RFC 9701). */
import assert from 'node:assert/strict'
import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  createIntrospection,
  createIssuerKeys,
  createTokenVerifier,
  INACTIVE_MS,
  type IntrospectionPorts,
  MAX_INTROSPECTIONS,
  type TokenJudgement,
} from '../../src/proof/index.ts'
import { FakeClock } from '../support/fake-clock.ts'

const ISSUER = 'https://as.example'
const NOW = Date.UTC(2026, 10, 29)
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const ACTIVE = {
  active: true,
  token_type: 'Bearer',
  client_id: 'tpp-a',
  sub: 'customer-1',
  scope: 'accounts payments',
  aud: 'https://api.example',
  consent_id: 'consent-1',
  iat: NOW / 1_000 - 10,
  exp: NOW / 1_000 + 300,
  jti: 'token-1',
}
type Asked = Parameters<IntrospectionPorts['post']>
type Answer = Awaited<ReturnType<IntrospectionPorts['post']>>
const json = (claims: unknown, status = 200): Answer => ({
  status,
  mediaType: 'application/json',
  text: typeof claims === 'string' ? claims : JSON.stringify(claims),
})

async function rig({
  answer,
  signed = false,
  cacheSeconds = 10,
}: {
  readonly answer: (...asked: Asked) => Promise<Answer> | Answer
  readonly signed?: boolean
  readonly cacheSeconds?: number
}) {
  const clock = new FakeClock(NOW)
  const asked: Asked[] = []
  const keySet = JSON.stringify({
    keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'PS256' }],
  })
  const keys = createIssuerKeys({
    location: { file: 'keys' },
    ports: {
      fetchText: () => Promise.reject(new Error('no network')),
      readText: () => Promise.resolve(keySet),
    },
    clock,
    scheduler: clock,
  })
  await keys.ready
  const issuer = {
    issuer: ISSUER,
    algorithms: ['PS256'] as const,
    claims: {
      client: 'client_id',
      subject: 'sub',
      consent: 'consent_id',
      scope: 'scope',
      grant: 'grant_id',
    },
    keys,
  }
  const introspection = createIntrospection({
    issuer,
    endpoint: `${ISSUER}/introspect`,
    clientId: 'gate:house',
    authenticate: () => ({ headers: { authorization: 'Basic x' }, fields: { client_id: 'g' } }),
    signed,
    cacheSeconds,
    ports: {
      post: async (...one) => {
        asked.push(one)
        return await answer(...one)
      },
    },
    clock,
  })
  const verifier = createTokenVerifier([issuer], introspection)
  return {
    clock,
    asked,
    judge: async (token: string): Promise<TokenJudgement> =>
      await verifier.verify(token, clock.now()),
  }
}

const code = (judgement: TokenJudgement): string => (judgement.ok ? 'ok' : judgement.code)

test('an active token says what its issuer says, and is believed for as long as configured', async () => {
  const { judge, asked } = await rig({ answer: () => json(ACTIVE) })
  const judged = await judge('opaque-token')
  assert.ok(judged.ok)
  assert.deepEqual(
    { ...judged.token, scopes: [...judged.token.scopes] },
    {
      issuer: ISSUER,
      type: 'at+jwt',
      audiences: ['https://api.example'],
      clientId: 'tpp-a',
      subject: 'customer-1',
      consentId: 'consent-1',
      scopes: ['accounts', 'payments'],
      expiresAt: ACTIVE.exp,
      issuedAt: ACTIVE.iat,
      notBefore: undefined,
      tokenId: 'token-1',
    },
  )
  assert.equal(judged.key.usableUntil, NOW + 10_000)
  const [[url, request] = assert.fail()] = asked
  assert.equal(url, `${ISSUER}/introspect`)
  assert.equal(request.body, 'token=opaque-token&token_type_hint=access_token&client_id=g')
  assert.equal(request.headers['authorization'], 'Basic x')
})

test('a token bound to a key or a certificate stays bound', async () => {
  const jkt = 'a'.repeat(43)
  const bound = await rig({ answer: () => json({ ...ACTIVE, token_type: 'DPoP', cnf: { jkt } }) })
  const judged = await bound.judge('opaque')
  assert.ok(judged.ok)
  assert.deepEqual(judged.token.confirmation, { key: jkt })
  const broken = await rig({ answer: () => json({ ...ACTIVE, cnf: { jkt: 1 } }) })
  assert.equal(code(await broken.judge('opaque')), 'GH_GATEWAY_TOKEN_MALFORMED')
})

const REFUSED: readonly (readonly [name: string, answer: Answer, code: string])[] = [
  ['inactive', json({ active: false }), 'INACTIVE'],
  ['a refresh token', json({ ...ACTIVE, token_type: undefined }), 'INACTIVE'],
  ['another use', json({ ...ACTIVE, token_type: 'N_A' }), 'INACTIVE'],
  ['another issuer', json({ ...ACTIVE, iss: 'https://other.example' }), 'ISSUER'],
  ['a time that is none', json({ ...ACTIVE, exp: '2099-01-01' }), 'MALFORMED'],
  ['no word whether it is active', json({ ...ACTIVE, active: undefined }), 'UNCHECKED'],
  ['active as a text', json({ ...ACTIVE, active: 'true' }), 'UNCHECKED'],
  ['active twice', json('{"active":false,"active":true,"token_type":"Bearer"}'), 'UNCHECKED'],
  ['a list', json([ACTIVE]), 'UNCHECKED'],
  ['no JSON', json('active'), 'UNCHECKED'],
  ['another media type', { ...json(ACTIVE), mediaType: 'text/html' }, 'UNCHECKED'],
  ['401: our own credentials', json({ error: 'invalid_client' }, 401), 'UNCHECKED'],
  ['an answer that is created', json(ACTIVE, 201), 'UNCHECKED'],
  ['500', json(ACTIVE, 500), 'UNCHECKED'],
]
for (const [name, answer, expected] of REFUSED)
  test(`an answer is refused: ${name}`, async () => {
    const { judge } = await rig({ answer: () => answer })
    assert.equal(code(await judge('opaque')), `GH_GATEWAY_TOKEN_${expected}`)
  })

test('an issuer that does not answer refuses its own tokens, and is asked again next time', async () => {
  let dead = true
  const { judge, asked } = await rig({
    answer: () => (dead ? Promise.reject(new Error('secret in a message')) : json(ACTIVE)),
  })
  assert.equal(code(await judge('opaque')), 'GH_GATEWAY_TOKEN_UNCHECKED')
  assert.equal(
    code(await judge('a.b.c')),
    'GH_GATEWAY_TOKEN_MALFORMED',
    'a JWT is not sent anywhere',
  )
  dead = false
  assert.equal(code(await judge('opaque')), 'ok')
  assert.equal(asked.length, 2)
})

test('a token that means nothing is not asked about again for a moment', async () => {
  const { judge, asked, clock } = await rig({ answer: () => json({ active: false }) })
  for (let time = 0; time < 50; time++)
    assert.equal(code(await judge('opaque')), 'GH_GATEWAY_TOKEN_INACTIVE')
  assert.equal(asked.length, 1)
  clock.advance(INACTIVE_MS)
  await judge('opaque')
  assert.equal(asked.length, 2)
})

test('fifty who bring one token at once wait for one answer', async () => {
  let release: ((answer: Answer) => void) | undefined
  const { judge, asked } = await rig({
    answer: () => new Promise<Answer>((resolve) => (release = resolve)),
  })
  const all = Array.from({ length: 50 }, () => judge('opaque'))
  release?.(json(ACTIVE))
  assert.ok((await Promise.all(all)).every(({ ok }) => ok))
  assert.equal(asked.length, 1)
})

test('no more questions are under way than the limit, and the room comes back', async () => {
  const waiting: ((answer: Answer) => void)[] = []
  const { judge, asked } = await rig({
    answer: () => new Promise<Answer>((resolve) => waiting.push(resolve)),
  })
  const all = Array.from({ length: MAX_INTROSPECTIONS }, (_, at) => judge(`opaque-${at}`))
  assert.equal(code(await judge('one-too-many')), 'GH_GATEWAY_TOKEN_UNCHECKED')
  assert.equal(asked.length, MAX_INTROSPECTIONS)
  for (const release of waiting.splice(0)) release(json(ACTIVE))
  await Promise.all(all)
  const next = judge('one-too-many')
  waiting[0]?.(json(ACTIVE))
  assert.equal(code(await next), 'ok')
})

function answerJwt(changes: {
  readonly header?: object
  readonly payload?: object
  readonly key?: KeyObject
}): Answer {
  const encode = (value: unknown): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url')
  const header = { typ: 'token-introspection+jwt', alg: 'PS256', kid: 'k1', ...changes.header }
  const payload = {
    iss: ISSUER,
    aud: 'gate:house',
    iat: NOW / 1_000,
    token_introspection: ACTIVE,
    ...changes.payload,
  }
  const input = `${encode(header)}.${encode(payload)}`
  const signature = sign('sha256', Buffer.from(input), {
    key: changes.key ?? privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: 32,
  })
  return {
    status: 200,
    mediaType: 'application/token-introspection+jwt',
    text: `${input}.${signature.toString('base64url')}`,
  }
}

const SIGNED: readonly (readonly [name: string, answer: Answer, code: string])[] = [
  ['as it should be', answerJwt({}), 'ok'],
  ['for us among others', answerJwt({ payload: { aud: ['x', 'gate:house'] } }), 'ok'],
  [
    'with the long type',
    answerJwt({ header: { typ: 'application/token-introspection+jwt' } }),
    'ok',
  ],
  ['by another key', answerJwt({ key: stranger }), 'GH_GATEWAY_TOKEN_UNCHECKED'],
  ['plain JSON', json(ACTIVE), 'GH_GATEWAY_TOKEN_UNCHECKED'],
  [
    'an access token for an answer',
    answerJwt({ header: { typ: 'at+jwt' } }),
    'GH_GATEWAY_TOKEN_UNCHECKED',
  ],
  ['without a type', answerJwt({ header: { typ: undefined } }), 'GH_GATEWAY_TOKEN_UNCHECKED'],
  ['by another algorithm', answerJwt({ header: { alg: 'none' } }), 'GH_GATEWAY_TOKEN_UNCHECKED'],
  ['with an extension', answerJwt({ header: { crit: ['x'], x: 1 } }), 'GH_GATEWAY_TOKEN_UNCHECKED'],
  ['of another issuer', answerJwt({ payload: { iss: 'x' } }), 'GH_GATEWAY_TOKEN_UNCHECKED'],
  ['for somebody else', answerJwt({ payload: { aud: 'other' } }), 'GH_GATEWAY_TOKEN_UNCHECKED'],
  [
    'about nothing',
    answerJwt({ payload: { token_introspection: undefined } }),
    'GH_GATEWAY_TOKEN_UNCHECKED',
  ],
  [
    'inactive',
    answerJwt({ payload: { token_introspection: { active: false } } }),
    'GH_GATEWAY_TOKEN_INACTIVE',
  ],
]
for (const [name, answer, expected] of SIGNED)
  test(`a signed answer: ${name}`, async () => {
    const { judge, asked } = await rig({ answer: () => answer, signed: true })
    assert.equal(code(await judge('opaque')), expected)
    assert.equal(asked[0]?.[1].headers['accept'], 'application/token-introspection+jwt')
  })

test('whatever an endpoint says, the token is refused or is what an object with `active` said', async () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.json().map((one) => `{"active":true,"x":${one}}`),
  )
  await fc.assert(
    fc.asyncProperty(text, fc.boolean(), async (said, signed) => {
      const { judge } = await rig({
        answer: () => ({
          ...json(said),
          ...(signed && { mediaType: 'application/token-introspection+jwt' }),
        }),
        signed,
      })
      assert.notEqual(code(await judge('opaque')), 'ok', 'no token type, no access token')
    }),
    { numRuns: Math.min(2_000, Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 2_000)) },
  )
})
