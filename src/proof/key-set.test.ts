import assert from 'node:assert/strict'
import { createSecretKey, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { find, MAX_KEY_SET_BYTES, parseKeySet } from './key-set.ts'

const rsa = (modulusLength: number): object =>
  generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' })
const curve = (namedCurve: string): object =>
  generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' })
const ed25519 = generateKeyPairSync('ed25519')
const ed = ed25519.publicKey.export({ format: 'jwk' })
const set = (...keys: readonly unknown[]): string => JSON.stringify({ keys })

test('`parseKeySet` takes one key of each kind and says which algorithm it is for', () => {
  const keys = parseKeySet(
    set({ ...rsa(2048), kid: 'r' }, { ...curve('P-256'), kid: 'e' }, { ...ed, kid: 'd' }),
  )
  assert.deepEqual(
    keys?.keys.map((key) => [key.kid, key.algorithm]),
    [
      ['r', 'PS256'],
      ['e', 'ES256'],
      ['d', 'EdDSA'],
    ],
  )
})

const REFUSED: readonly (readonly [name: string, jwk: unknown, reason: RegExp])[] = [
  ['a private key', ed25519.privateKey.export({ format: 'jwk' }), /private/],
  [
    'a symmetric key',
    createSecretKey(Buffer.alloc(32)).export({ format: 'jwk' }),
    /private|secret/,
  ],
  ['an RSA key of 1,024 bits', rsa(1024), /2048/],
  ['a P-384 key', curve('P-384'), /fits none/],
  ['an X25519 key', generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }), /fits none/],
  ['an encryption key', { ...ed, use: 'enc' }, /signatures/],
  ['a key for signing only', { ...ed, key_ops: ['sign'] }, /verification/],
  ['an RSA key for RS256', { ...rsa(2048), alg: 'RS256' }, /another algorithm/],
  ['an EC key that calls itself PS256', { ...curve('P-256'), alg: 'PS256' }, /another algorithm/],
  ['a kid that is a list', { ...ed, kid: ['a'] }, /kid/],
  ['a kid of 513 letters', { ...ed, kid: 'x'.repeat(513) }, /kid/],
  ['a point off the curve', { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }, /not a sound/],
  ['an x that is a number', { kty: 'OKP', crv: 'Ed25519', x: 7 }, /not a sound/],
  ['an unknown kind', { kty: 'AKP' }, /fits none/],
  ['a text', 'key', /not an object/],
]
for (const [name, jwk, reason] of REFUSED)
  test(`\`parseKeySet\` leaves out ${name}, and keeps the others`, () => {
    const keys = parseKeySet(set(jwk, { ...ed, kid: 'good' }))
    assert.equal(keys?.keys.length, 1)
    assert.equal(keys.refused.length, 1)
    assert.match(keys.refused[0] ?? '', reason)
  })

test('`parseKeySet` accepts what a key says of itself when it fits', () => {
  for (const more of [
    { use: 'sig' },
    { key_ops: ['verify'] },
    { alg: 'EdDSA' },
    { alg: 'Ed25519' },
    { kid: 'x'.repeat(512) },
  ])
    assert.equal(parseKeySet(set({ ...ed, ...more }))?.keys.length, 1, JSON.stringify(more))
})

test('`parseKeySet` keeps the first of two keys with one kid and algorithm', () => {
  const keys = parseKeySet(
    set({ ...ed, kid: 'a' }, { ...ed, kid: 'a' }, { ...rsa(2048), kid: 'a' }),
  )
  assert.deepEqual(
    keys?.keys.map((key) => key.algorithm),
    ['EdDSA', 'PS256'],
  )
})

test('`parseKeySet` refuses a text that is no key set, and never throws', () => {
  for (const text of [
    '',
    '[]',
    '{}',
    '{"keys":{}}',
    '{"keys":[],"keys":[]}',
    set(...Array(101).fill(ed)),
  ])
    assert.equal(parseKeySet(text), undefined, text.slice(0, 40))
  assert.equal(parseKeySet(`{"keys":[]}${' '.repeat(MAX_KEY_SET_BYTES)}`), undefined)
  const member = fc.dictionary(
    fc.constantFrom('kty', 'crv', 'n', 'e', 'x', 'y', 'kid', 'alg', 'use', 'key_ops'),
    fc.oneof(
      fc.constantFrom('RSA', 'EC', 'OKP', 'P-256', 'Ed25519', 'AQAB', 'sig'),
      fc.jsonValue(),
    ),
  )
  fc.assert(
    fc.property(fc.array(member, { maxLength: 4 }), (keys) => {
      assert.ok(parseKeySet(set(...keys)))
    }),
    { numRuns: 200 },
  )
})

test('`find` needs the kid when there are two keys of the algorithm', () => {
  const keys =
    parseKeySet(set({ ...ed, kid: 'a' }, { ...rsa(2048), kid: 'b' }, { ...rsa(2048), kid: 'c' }))
      ?.keys ?? []
  assert.equal(find(keys, undefined, 'EdDSA')?.kid, 'a')
  assert.equal(find(keys, undefined, 'PS256'), undefined)
  assert.equal(find(keys, 'c', 'PS256')?.kid, 'c')
  assert.equal(find(keys, 'c', 'EdDSA'), undefined)
  assert.equal(find(keys, undefined, 'ES256'), undefined)
})
