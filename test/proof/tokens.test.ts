/** A corpus of tokens against one issuer with a key of each kind: forged in every part, and every byte class of a good one changed. */
import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  createIssuerKeys,
  createTokenVerifier,
  type KeyAlgorithm,
  type TokenJudgement,
  type TokenVerifier,
} from '../../src/proof/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import {
  accessClaims,
  hmacSigned,
  jwks,
  publicJwk,
  signed,
  signingKey,
} from '../support/token-issuer.ts'

const clock = new FakeClock()
const ISSUER = 'https://as.example'
const KEYS = {
  e: signingKey('e', 'ES256'),
  p: signingKey('p', 'PS256'),
  d: signingKey('d', 'EdDSA'),
  s: { ...signingKey('e', 'ES256') },
}
const ALGORITHMS = ['ES256', 'PS256', 'EdDSA'] as const

async function verifierOf(
  set: string,
  algorithms: readonly KeyAlgorithm[] = ALGORITHMS,
): Promise<TokenVerifier> {
  const keys = createIssuerKeys({
    location: { file: 'jwks.json' },
    ports: {
      fetchText: () => Promise.reject(new Error('no')),
      readText: () => Promise.resolve(set),
    },
    clock,
    scheduler: clock,
  })
  await keys.ready
  const claims = {
    client: 'client_id',
    subject: 'sub',
    consent: 'consent_id',
    scope: 'scope',
    grant: 'grant_id',
  }
  return createTokenVerifier([{ issuer: ISSUER, algorithms, claims, keys }])
}
const verifier = await verifierOf(jwks(KEYS.e, KEYS.p, KEYS.d))
const claims = (changes: object = {}): object =>
  accessClaims(clock.now(), { iss: ISSUER, ...changes })

function verdict(judgement: TokenJudgement | Promise<TokenJudgement>): string {
  assert.ok(!(judgement instanceof Promise), 'the keys are known or asked for just now')
  return judgement.ok ? 'ok' : judgement.code
}
const judge = (token: string, by = verifier): string => verdict(by.verify(token, clock.now()))

const lines = readFileSync(join(import.meta.dirname, 'tokens.case'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

test('there are cases', () => assert.ok(lines.length > 50))

for (const line of lines)
  test(line, () => {
    const [, name = '', header = '', payload = '', want = ''] =
      /^(\w) (\{.*?\}+) (\{.*\}) => (\S+)$/.exec(line) ?? []
    assert.ok(name in KEYS, line)
    const key = KEYS[name as keyof typeof KEYS] // sound: the line before
    // `-` as a kid: the header names none.
    const { kid, ...rest } = { alg: key.alg, typ: 'at+jwt', kid: key.kid, ...JSON.parse(header) }
    const token = signed(key, kid === '-' ? rest : { ...rest, kid }, claims(JSON.parse(payload)))
    assert.equal(judge(token), want)
  })

const good = (key = KEYS.e): string =>
  signed(key, { alg: key.alg, typ: 'at+jwt', kid: key.kid }, claims())

test('a token with any one letter changed is refused, and so is one cut or grown', () => {
  for (const key of [KEYS.e, KEYS.p, KEYS.d]) {
    const token = good(key)
    assert.equal(judge(token), 'ok')
    const step = key.alg === 'PS256' ? 5 : 1
    for (let at = 0; at < token.length; at += step) {
      const letter = token[at]
      if (letter === '.') continue
      const other = letter === 'A' ? 'B' : 'A'
      assert.notEqual(judge(token.slice(0, at) + other + token.slice(at + 1)), 'ok', `${at}`)
    }
    for (const other of [
      token.slice(0, -1),
      token.slice(1),
      `${token}A`,
      `${token}.`,
      token.replace('.', '..'),
      token.replaceAll('.', ''),
      token.toUpperCase(),
      ` ${token}`,
      `${token}\n`,
      `${token}=`,
    ])
      assert.notEqual(judge(other), 'ok', JSON.stringify(other.slice(-20)))
  }
})

test('a signature of another length, of zeros, or in another form is refused', () => {
  const token = good()
  const input = token.slice(0, token.lastIndexOf('.'))
  const raw = Buffer.from(token.slice(input.length + 1), 'base64url')
  const der = Buffer.concat([
    Buffer.from([0x30, 68, 0x02, 32]),
    raw.subarray(0, 32),
    Buffer.from([0x02, 32]),
    raw.subarray(32),
  ])
  for (const [what, bytes] of [
    ['63 bytes', raw.subarray(1)],
    ['65 bytes', Buffer.concat([raw, Buffer.from([0])])],
    ['one byte', Buffer.from([1])],
    ['zeros', Buffer.alloc(64)],
    ['ones', Buffer.alloc(64, 0xff)],
    ['halves the other way round', Buffer.concat([raw.subarray(32), raw.subarray(0, 32)])],
    ['DER', der],
  ] as const)
    assert.equal(
      judge(`${input}.${bytes.toString('base64url')}`),
      'GH_GATEWAY_TOKEN_SIGNATURE',
      what,
    )
})

test('a public key is no secret: HMAC over its text is refused, whatever the header says', () => {
  for (const text of [
    JSON.stringify(publicJwk(KEYS.p)),
    KEYS.p.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    '',
  ])
    for (const alg of ['HS256', 'PS256', 'ES256'])
      for (const kid of ['p', 'e'])
        assert.notEqual(judge(hmacSigned(text, { alg, kid, typ: 'at+jwt' }, claims())), 'ok')
})

test('parts of two good tokens make no third', () => {
  const [a, b] = [good(), signed(KEYS.e, { alg: 'ES256', kid: 'e' }, claims({ sub: 'other' }))]
  const [head = '', body = '', signature = ''] = a.split('.')
  const [otherHead = '', otherBody = '', otherSignature = ''] = b.split('.')
  for (const token of [
    `${head}.${otherBody}.${signature}`,
    `${otherHead}.${body}.${signature}`,
    `${head}.${body}.${otherSignature}`,
  ])
    assert.equal(judge(token), 'GH_GATEWAY_TOKEN_SIGNATURE')
})

test('an issuer that does not use an algorithm does not take it, although it has the key', async () => {
  const only = await verifierOf(jwks(KEYS.e, KEYS.p, KEYS.d), ['PS256'])
  assert.equal(judge(good(KEYS.p), only), 'ok')
  for (const key of [KEYS.e, KEYS.d])
    assert.equal(judge(good(key), only), 'GH_GATEWAY_TOKEN_ALGORITHM')
  const none = await verifierOf(jwks(KEYS.e), [])
  assert.equal(judge(good(), none), 'GH_GATEWAY_TOKEN_ALGORITHM')
})

const jwk = publicJwk(KEYS.e)
const small = generateKeyPairSync('rsa', { modulusLength: 1024 })
/** A key set in the shapes that servers publish → what becomes of a good token of `e`. */
for (const [what, text, want] of [
  ['the key and nothing else', JSON.stringify({ keys: [jwk] }), 'ok'],
  [
    'members nobody knows',
    JSON.stringify({ keys: [{ ...jwk, x5c: ['a'], exp: 1 }], next: 1 }),
    'ok',
  ],
  [
    'no alg, use or key_ops',
    JSON.stringify({ keys: [{ ...jwk, alg: undefined, use: undefined }] }),
    'ok',
  ],
  [
    'no kid: the token’s kid finds nothing',
    JSON.stringify({ keys: [{ ...jwk, kid: undefined }] }),
    'GH_GATEWAY_TOKEN_KEY_UNKNOWN',
  ],
  ['white space', ` {\n"keys" : [ ${JSON.stringify(jwk)} ]\t}\n`, 'ok'],
  [
    'a broken key beside it',
    JSON.stringify({ keys: [{ kty: 'EC', crv: 'P-256', kid: 'x' }, jwk] }),
    'ok',
  ],
  [
    'a weak key under its kid first',
    JSON.stringify({ keys: [{ ...small.publicKey.export({ format: 'jwk' }), kid: 'e' }, jwk] }),
    'ok',
  ],
  [
    'its kid twice, another key first',
    JSON.stringify({ keys: [{ ...publicJwk(KEYS.s), kid: 'e' }, jwk] }),
    'GH_GATEWAY_TOKEN_SIGNATURE',
  ],
  [
    'its kid twice, another key second',
    JSON.stringify({ keys: [jwk, { ...publicJwk(KEYS.s), kid: 'e' }] }),
    'ok',
  ],
  [
    'the key for encryption',
    JSON.stringify({ keys: [{ ...jwk, use: 'enc' }] }),
    'GH_GATEWAY_TOKEN_KEY_UNKNOWN',
  ],
  [
    'the key for another algorithm',
    JSON.stringify({ keys: [{ ...jwk, alg: 'ES384' }] }),
    'GH_GATEWAY_TOKEN_KEY_UNKNOWN',
  ],
  [
    'the private key',
    JSON.stringify({ keys: [{ ...KEYS.e.privateKey.export({ format: 'jwk' }), kid: 'e' }] }),
    'GH_GATEWAY_TOKEN_KEY_UNKNOWN',
  ],
  [
    'another curve',
    JSON.stringify({ keys: [{ ...jwk, crv: 'P-384' }] }),
    'GH_GATEWAY_TOKEN_KEY_UNKNOWN',
  ],
  [
    'another kind',
    JSON.stringify({ keys: [{ ...jwk, kty: 'OKP' }] }),
    'GH_GATEWAY_TOKEN_KEY_UNKNOWN',
  ],
  [
    'the point moved',
    JSON.stringify({ keys: [{ ...jwk, x: jwk['y'], y: jwk['x'] }] }),
    'GH_GATEWAY_TOKEN_KEY_UNKNOWN',
  ],
  ['a bare list', JSON.stringify([jwk]), 'GH_GATEWAY_TOKEN_KEY_UNKNOWN'],
  ['one key, no set', JSON.stringify(jwk), 'GH_GATEWAY_TOKEN_KEY_UNKNOWN'],
  ['keys as an object', JSON.stringify({ keys: { e: jwk } }), 'GH_GATEWAY_TOKEN_KEY_UNKNOWN'],
  ['keys twice', `{"keys":[${JSON.stringify(jwk)}],"keys":[]}`, 'GH_GATEWAY_TOKEN_KEY_UNKNOWN'],
  ['a page of HTML', '<html></html>', 'GH_GATEWAY_TOKEN_KEY_UNKNOWN'],
  ['nothing', '', 'GH_GATEWAY_TOKEN_KEY_UNKNOWN'],
] as const)
  test(`a key set with ${what}: a good token is ${want}`, async () => {
    assert.equal(judge(good(), await verifierOf(text)), want)
  })

test('a verified token says what it is bound to, and an empty binding is no bearer token', () => {
  const thumbprint = 'A'.repeat(43)
  const bound = (cnf: object | undefined): unknown => {
    const made = signed(KEYS.e, { alg: 'ES256', typ: 'at+jwt', kid: 'e' }, claims(cnf && { cnf }))
    const judgement = verifier.verify(made, clock.now())
    assert.ok(!(judgement instanceof Promise) && judgement.ok)
    return judgement.token.confirmation
  }
  assert.equal(bound(undefined), undefined)
  assert.deepEqual(bound({}), {})
  assert.deepEqual(bound({ jwk: {} }), {})
  assert.deepEqual(bound({ 'x5t#S256': thumbprint }), { certificate: thumbprint })
  assert.deepEqual(bound({ jkt: thumbprint }), { key: thumbprint })
})
