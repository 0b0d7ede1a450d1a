/** Attacks on the access token, through real sockets: each is refused with its code, and the bank API hears of none. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CallOptions, gatewayRig, type Rig } from '../support/gateway-rig.ts'
import {
  accessClaims,
  accessToken,
  hmacSigned,
  publicJwk,
  segment,
  signed,
  signingKey,
} from '../support/token-issuer.ts'

interface Attack {
  readonly name: string
  readonly status: number
  readonly code: string
  readonly call: (rig: Rig) => CallOptions & { readonly target?: string }
}

const header = (rig: Rig, changes: object = {}): object => ({
  alg: rig.key.alg,
  typ: 'at+jwt',
  kid: rig.key.kid,
  ...changes,
})
const claims = (rig: Rig, changes: Record<string, unknown> = {}): Record<string, unknown> =>
  accessClaims(rig.clock.now(), changes)
const seconds = (rig: Rig): number => Math.floor(rig.clock.now() / 1000)
const stranger = signingKey('key-1')

const ATTACKS: readonly Attack[] = [
  {
    name: 'no token',
    status: 401,
    code: 'TOKEN_MISSING',
    call: () => ({ token: null }),
  },
  {
    name: 'the algorithm `none` without a signature',
    status: 401,
    code: 'TOKEN_MALFORMED',
    call: (rig) => ({
      token: `${segment({ alg: 'none', typ: 'at+jwt' })}.${segment(claims(rig))}.`,
    }),
  },
  ...['none', 'None', 'HS256', 'RS256', 'PS384', 'ES384', '', 'constructor', '__proto__'].map(
    (alg): Attack => ({
      name: `the algorithm ${JSON.stringify(alg)} over a good signature`,
      status: 401,
      code: 'TOKEN_ALGORITHM',
      call: (rig) => ({ token: signed(rig.key, header(rig, { alg }), claims(rig)) }),
    }),
  ),
  {
    name: 'an HMAC whose secret is the public key',
    status: 401,
    code: 'TOKEN_ALGORITHM',
    call: (rig) => ({
      token: hmacSigned(
        rig.key.publicKey.export({ format: 'pem', type: 'spki' }),
        header(rig, { alg: 'HS256' }),
        claims(rig),
      ),
    }),
  },
  {
    name: 'an algorithm that the key does not fit',
    status: 401,
    code: 'TOKEN_KEY_UNKNOWN',
    call: (rig) => ({ token: signed(rig.key, header(rig, { alg: 'PS256' }), claims(rig)) }),
  },
  {
    name: 'a stranger’s signature under a known kid',
    status: 401,
    code: 'TOKEN_SIGNATURE',
    call: (rig) => ({ token: accessToken(stranger, rig.clock.now()) }),
  },
  {
    name: 'claims changed after signing',
    status: 401,
    code: 'TOKEN_SIGNATURE',
    call: (rig) => {
      const [head, , signature] = rig.token().split('.')
      return { token: `${head}.${segment(claims(rig, { sub: 'customer-2' }))}.${signature}` }
    },
  },
  {
    name: 'the key in the token itself (`jwk`)',
    status: 401,
    code: 'TOKEN_SIGNATURE',
    call: (rig) => ({
      token: signed(stranger, header(rig, { jwk: publicJwk(stranger) }), claims(rig)),
    }),
  },
  {
    name: 'a key set of the attacker (`jku`, `x5u`)',
    status: 401,
    code: 'TOKEN_SIGNATURE',
    call: (rig) => ({
      token: signed(
        stranger,
        header(rig, { jku: `${rig.upstream.origin}/jwks`, x5u: `${rig.upstream.origin}/cert` }),
        claims(rig),
      ),
    }),
  },
  ...[
    '../../../../dev/null',
    '/dev/null\0',
    "' OR 1=1 --",
    '__proto__',
    'constructor',
    'x'.repeat(600),
  ].map((kid): Attack => ({
    name: `the kid ${JSON.stringify(kid.slice(0, 24))}`,
    status: 401,
    code: 'TOKEN_KEY_UNKNOWN',
    call: (rig) => ({ token: signed(rig.key, header(rig, { kid }), claims(rig)) }),
  })),
  ...[['key-1'], { a: 1 }, 7, null, true].map((kid): Attack => ({
    name: `a kid that is ${JSON.stringify(kid)}`,
    status: 401,
    code: 'TOKEN_MALFORMED',
    call: (rig) => ({ token: signed(rig.key, header(rig, { kid }), claims(rig)) }),
  })),
  {
    name: 'a critical extension',
    status: 401,
    code: 'TOKEN_MALFORMED',
    call: (rig) => ({ token: signed(rig.key, header(rig, { crit: ['exp'] }), claims(rig)) }),
  },
  {
    name: 'a header with two algorithms',
    status: 401,
    code: 'TOKEN_MALFORMED',
    call: (rig) => ({
      token: signed(
        rig.key,
        `{"alg":"none","\\u0061lg":"ES256","typ":"at+jwt","kid":"key-1"}`,
        claims(rig),
      ),
    }),
  },
  {
    name: 'claims with two subjects',
    status: 401,
    code: 'TOKEN_MALFORMED',
    call: (rig) => ({
      token: signed(
        rig.key,
        header(rig),
        JSON.stringify(claims(rig)).replace('{', '{"sub":"customer-9",'),
      ),
    }),
  },
  {
    name: 'an ID token (`typ`)',
    status: 401,
    code: 'TOKEN_TYPE',
    call: (rig) => ({ token: signed(rig.key, header(rig, { typ: 'JWT' }), claims(rig)) }),
  },
  {
    name: 'no `typ`',
    status: 401,
    code: 'TOKEN_TYPE',
    call: (rig) => ({ token: signed(rig.key, { alg: 'ES256', kid: 'key-1' }, claims(rig)) }),
  },
  {
    name: 'another issuer',
    status: 401,
    code: 'TOKEN_ISSUER',
    call: (rig) => ({ token: rig.token({ iss: 'https://as.example/' }) }),
  },
  {
    name: 'an issuer that is a list',
    status: 401,
    code: 'TOKEN_ISSUER',
    call: (rig) => ({ token: rig.token({ iss: ['https://as.example'] }) }),
  },
  {
    name: 'another audience',
    status: 401,
    code: 'TOKEN_AUDIENCE',
    call: (rig) => ({ token: rig.token({ aud: 'https://api.other.example' }) }),
  },
  {
    name: 'no audience',
    status: 401,
    code: 'TOKEN_AUDIENCE',
    call: (rig) => ({ token: rig.token({ aud: undefined }) }),
  },
  {
    name: 'expired',
    status: 401,
    code: 'TOKEN_EXPIRED',
    call: (rig) => ({ token: rig.token({ iat: seconds(rig) - 300, exp: seconds(rig) - 11 }) }),
  },
  {
    name: 'without an end',
    status: 401,
    code: 'TOKEN_EXPIRED',
    call: (rig) => ({ token: rig.token({ exp: undefined }) }),
  },
  {
    name: 'an end that is a text',
    status: 401,
    code: 'TOKEN_MALFORMED',
    call: (rig) => ({ token: rig.token({ exp: '9999999999' }) }),
  },
  {
    name: 'not valid yet',
    status: 401,
    code: 'TOKEN_EARLY',
    call: (rig) => ({ token: rig.token({ nbf: seconds(rig) + 60 }) }),
  },
  {
    name: 'issued for a day',
    status: 401,
    code: 'TOKEN_LIFETIME',
    call: (rig) => ({ token: rig.token({ exp: seconds(rig) + 86_400 }) }),
  },
  {
    name: 'longer than 8,192 characters',
    status: 401,
    code: 'TOKEN_MALFORMED',
    call: (rig) => ({ token: rig.token({ pad: 'x'.repeat(7_000) }) }),
  },
  {
    name: 'a header larger than 1,024 bytes',
    status: 401,
    code: 'TOKEN_MALFORMED',
    call: (rig) => ({
      token: signed(rig.key, header(rig, { pad: 'x'.repeat(1_024) }), claims(rig)),
    }),
  },
  {
    name: 'a token with a space in it',
    status: 401,
    code: 'TOKEN_MALFORMED',
    call: (rig) => ({ token: `${rig.token()} x` }),
  },
  {
    name: 'a token with left-over bits in its signature',
    status: 401,
    code: 'TOKEN_MALFORMED',
    call: (rig) => ({ token: withLeftOverBits(rig.token()) }),
  },
  {
    name: 'two Authorization headers',
    status: 400,
    code: 'HEADER_REPEATED',
    call: (rig) => ({ headers: [`Authorization: Bearer ${rig.token()}`] }),
  },
  {
    name: 'the token in the query',
    status: 400,
    code: 'TOKEN_IN_QUERY',
    call: (rig) => ({ token: null, target: `/aisp/accounts?access_token=${rig.token()}` }),
  },
  {
    name: 'another scheme',
    status: 401,
    code: 'TOKEN_MISSING',
    call: () => ({ token: null, headers: ['Authorization: Basic dHBwOnNlY3JldA=='] }),
  },
]

/** ES256 signatures end in a letter with four unused bits. */
function withLeftOverBits(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(token.at(-1) ?? '')
  return token.slice(0, -1) + alphabet[last ^ 1]
}

for (const { name, status, code, call } of ATTACKS)
  test(`token attack: ${name}`, async (t) => {
    const rig = await gatewayRig(t)
    const { target = '/aisp/accounts', ...options } = call(rig)
    const answer = await rig.call(target, options)
    assert.equal(answer.status, status, answer.body)
    const problem: { code: string; decision: string } = JSON.parse(answer.body)
    assert.equal(problem.code, `GH_GATEWAY_${code}`)
    assert.equal(answer.headers.get('content-type'), 'application/problem+json')
    assert.equal(answer.headers.get('x-fapi-interaction-id')?.length, 36)
    if (status === 401)
      // RFC 6750 §3.1: no error attribute when no token came.
      assert.equal(
        answer.headers.get('www-authenticate')?.includes('error='),
        code !== 'TOKEN_MISSING',
      )
    assert.equal(rig.upstream.seen.length, 0)
    const [event] = rig.sink.access
    assert.equal(event?.id, problem.decision)
    assert.equal(event?.outcome, 'denied')
    assert.equal(event?.code, problem.code)
    const leaked = JSON.stringify(rig.sink.appended) + answer.body
    if (typeof options.token === 'string')
      for (const part of options.token.split('.').filter((one) => one.length > 20))
        assert.ok(!leaked.includes(part), 'a part of the token was recorded')
    assert.ok(!leaked.includes('customer-1'), 'the customer was recorded')
  })

test('a good token of each algorithm is let through, the second time from memory', async (t) => {
  for (const alg of ['PS256', 'ES256', 'EdDSA'] as const) {
    const rig = await gatewayRig(t, { key: signingKey('key-1', alg) })
    const token = rig.token()
    assert.equal((await rig.call('/aisp/accounts', { token })).status, 200, alg)
    assert.equal((await rig.call('/aisp/accounts', { token })).status, 200, alg)
  }
})

test('what a token claims neither steers a terminal nor makes the event grow', async (t) => {
  const rig = await gatewayRig(t)
  const strange = '\u001B]0;pwned\u0007\r\n12:00 allowed 200'
  for (const changes of [
    {
      client_id: strange,
      aud: ['https://api.bank.example', strange],
      scope: `accounts ${strange}`,
    },
    { client_id: 'x'.repeat(3_000), scope: 's '.repeat(1_000) },
  ]) {
    await rig.call('/aisp/accounts', { token: rig.token(changes) })
    const event = JSON.stringify(rig.sink.access.at(-1))
    assert.doesNotMatch(event, /\\u00|\\r|\\n/)
    assert.ok(event.length < 3_000, `${event.length} characters`)
  }
})

test('a remembered token is refused at its end', async (t) => {
  const rig = await gatewayRig(t)
  const token = rig.token()
  assert.equal((await rig.call('/aisp/accounts', { token })).status, 200)
  rig.clock.advance(299_000)
  assert.equal((await rig.call('/aisp/accounts', { token })).status, 200)
  rig.clock.advance(12_000) // past `exp` and the issuer's 10 s of skew
  const answer = await rig.call('/aisp/accounts', { token })
  assert.equal(answer.status, 401)
  assert.match(answer.body, /GH_GATEWAY_TOKEN_EXPIRED/)
})

test('the scheme is read in any case, with any number of spaces', async (t) => {
  const rig = await gatewayRig(t)
  for (const scheme of ['bearer', 'BEARER', 'Bearer  '])
    assert.equal(
      (
        await rig.call('/aisp/accounts', {
          token: null,
          headers: [`Authorization: ${scheme} ${rig.token()}`],
        })
      ).status,
      200,
      scheme,
    )
})
