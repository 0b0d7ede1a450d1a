import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import * as fc from 'fast-check'

import { checkJwks } from '../../src/config/index.ts'

const check = (value: unknown): readonly string[] =>
  checkJwks(typeof value === 'string' ? value : JSON.stringify(value, null, '\t'), 'k.json').map(
    ({ code }) => code,
  )
const pairs = {
  EC: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  OKP: generateKeyPairSync('ed25519'),
  RSA: generateKeyPairSync('rsa', { modulusLength: 2048 }),
}

for (const [kty, { publicKey, privateKey }] of Object.entries(pairs)) {
  test(`\`checkJwks\` takes a public ${kty} key`, () =>
    assert.deepEqual(check({ keys: [publicKey.export({ format: 'jwk' })] }), []))
  test(`\`checkJwks\` refuses a private ${kty} key and repeats no part of it`, () => {
    const jwk = privateKey.export({ format: 'jwk' })
    const found = checkJwks(JSON.stringify({ keys: [jwk] }), 'k.json')
    assert.ok(found.length > 0 && found.every(({ code }) => code === 'GH_CONFIG_JWKS_PRIVATE'))
    assert.ok(!JSON.stringify(found).includes(jwk.d ?? 'missing'))
  })
}

test('`checkJwks` refuses symmetric keys', () =>
  assert.deepEqual(check({ keys: [{ kty: 'oct', k: 'AAAA' }] }), [
    'GH_CONFIG_JWKS_PRIVATE',
    'GH_CONFIG_JWKS_INVALID',
  ]))
test('`checkJwks` names the place of the private member', () => {
  const [found] = checkJwks('{\n\t"keys": [\n\t\t{ "kty": "EC", "d": "x" }\n\t]\n}', 'k.json')
  assert.deepEqual(found?.place, { file: 'k.json', line: 3, column: 18 })
})
test('`checkJwks` sees a private member that a repeated name would hide', () => {
  assert.deepEqual(check('{"keys":[{"kty":"EC","d":"x","d":null}]}'), [
    'GH_CONFIG_JWKS_PRIVATE',
    'GH_CONFIG_JWKS_PRIVATE',
  ])
  assert.deepEqual(check('{"keys":[{"kty":"EC","\\u0064":"x"}]}'), ['GH_CONFIG_JWKS_PRIVATE'])
  assert.deepEqual(check('{"keys":[{"kty":"oct","k":"x"}],"keys":[]}'), ['GH_CONFIG_JWKS_INVALID'])
})
for (const wrong of [
  '',
  '{',
  '[]',
  '"x"',
  'keys: []',
  '{}',
  '{"keys":{}}',
  '{"keys":[]}',
  '{"keys":[1]}',
  '{"keys":[{}]}',
  '{"keys":[{"kty":5}]}',
])
  test(`\`checkJwks\` refuses ${wrong || 'an empty file'}`, () =>
    assert.deepEqual(check(wrong), ['GH_CONFIG_JWKS_INVALID']))
test('`checkJwks` says of a single private key that it is private', () =>
  assert.deepEqual(check({ kty: 'EC', d: 'x' }), [
    'GH_CONFIG_JWKS_PRIVATE',
    'GH_CONFIG_JWKS_INVALID',
  ]))
test('`checkJwks` takes 100 keys and refuses 101', () => {
  const keys = (count: number): unknown => ({
    keys: Array.from({ length: count }, () => ({ kty: 'EC' })),
  })
  assert.deepEqual(check(keys(100)), [])
  assert.deepEqual(check(keys(101)), ['GH_CONFIG_JWKS_INVALID'])
})
test('`checkJwks` never throws', () =>
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) =>
      Array.isArray(checkJwks(text, 'k.json')),
    ),
    { numRuns: 500 },
  ))
