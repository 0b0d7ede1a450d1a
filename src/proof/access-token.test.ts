import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { accessClaims, jwks, signed, signingKey } from '../../test/support/token-issuer.ts'
import { createTokenVerifier, type TokenJudgement, type TokenVerifier } from './access-token.ts'
import { createIssuerKeys } from './issuer-keys.ts'

const clock = new FakeClock()
const key = signingKey('k', 'EdDSA')
const keys = createIssuerKeys({
  location: { file: 'jwks' },
  ports: {
    fetchText: () => Promise.reject(new Error('no')),
    readText: () => Promise.resolve(jwks(key)),
  },
  clock,
  scheduler: clock,
})
await keys.ready

function verifier(changes: object = {}): TokenVerifier {
  const claims = {
    client: 'client_id',
    subject: 'sub',
    consent: 'consent_id',
    scope: 'scope',
    grant: 'grant_id',
  }
  return createTokenVerifier([
    { issuer: 'https://as.example', algorithms: ['EdDSA'], claims, keys, ...changes },
  ])
}
function judge(payload: unknown, header: object = {}, by = verifier()): TokenJudgement {
  const token = signed(key, { alg: 'EdDSA', kid: 'k', typ: 'at+jwt', ...header }, payload)
  const judgement = by.verify(token, clock.now())
  assert.ok(!(judgement instanceof Promise))
  return judgement
}
const read = (changes: Readonly<Record<string, unknown>>, by?: TokenVerifier) => {
  const judgement = judge(accessClaims(clock.now(), changes), {}, by)
  assert.ok(judgement.ok, JSON.stringify(judgement))
  return judgement.token
}

test('`createTokenVerifier` reads the claims under the issuer’s own names and no other', () => {
  const by = verifier({ claims: { client: 'azp', subject: 'psu', consent: 'urn:x', scope: 'scp' } })
  const token = read({ azp: 'a', psu: 'b', 'urn:x': 'c', scp: ['d', 'e'] }, by)
  assert.deepEqual(
    [token.clientId, token.subject, token.consentId, [...token.scopes]],
    ['a', 'b', 'c', ['d', 'e']],
  )
  const none = read({}, by)
  assert.deepEqual([none.clientId, none.subject, none.consentId, none.scopes.size], ['', '', '', 0])
})

test('`createTokenVerifier` takes a claim of another kind for an absent one', () => {
  const token = read({
    client_id: 7,
    sub: null,
    consent_id: [['a']],
    scope: { a: 1 },
    aud: [1],
    jti: 5,
  })
  assert.deepEqual(
    [
      token.clientId,
      token.subject,
      token.consentId,
      token.scopes.size,
      token.audiences,
      token.tokenId,
    ],
    ['', '', '', 0, [], undefined],
  )
})

test('`createTokenVerifier` reads scopes as a text or a list; a list that is not all texts grants nothing', () => {
  assert.deepEqual([...read({ scope: ' a  b ' }).scopes], ['a', 'b'])
  assert.deepEqual([...read({ scope: ['a', 'b'] }).scopes], ['a', 'b'])
  assert.deepEqual([...read({ scope: ['a', 1] }).scopes], [])
  assert.deepEqual([...read({ scope: ['a b'] }).scopes], ['a b'])
})

test('`createTokenVerifier` reads a claim called `__proto__` or `constructor` as a claim, not as inheritance', () => {
  const claims = {
    client: '__proto__',
    subject: 'constructor',
    consent: 'toString',
    scope: 'hasOwnProperty',
  }
  const token = read({}, verifier({ claims }))
  assert.deepEqual(
    [token.clientId, token.subject, token.consentId, token.scopes.size],
    ['', '', '', 0],
  )
})

test('`createTokenVerifier` gives the type in lower case without `application/`', () => {
  const judgement = judge(accessClaims(clock.now()), { typ: 'Application/AT+JWT' })
  assert.equal(judgement.ok && judgement.token.type, 'at+jwt')
})

test('`createTokenVerifier` refuses times that are no numbers', () => {
  for (const name of ['exp', 'iat', 'nbf'])
    for (const value of ['1', null, true, [1]]) {
      const judgement = judge(accessClaims(clock.now(), { [name]: value }))
      assert.equal(
        !judgement.ok && judgement.code,
        'GH_GATEWAY_TOKEN_MALFORMED',
        `${name} ${String(value)}`,
      )
    }
})

test('`createTokenVerifier` never throws and never accepts a token whose bytes were touched', () => {
  const good = signed(key, { alg: 'EdDSA', kid: 'k' }, accessClaims(clock.now()))
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'
  const by = verifier()
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.constantFrom(...letters), (at, letter) => {
      const token = good.slice(0, at) + letter + good.slice(at + 1)
      const judgement = by.verify(token, clock.now())
      if (judgement instanceof Promise) return
      assert.equal(judgement.ok, token === good)
    }),
    { numRuns: 500 },
  )
})
