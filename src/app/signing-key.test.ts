import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { calculateJwkThumbprint, compactVerify, importJWK } from 'jose'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { publicKeySet, readSigningKey, type SigningAlgorithm } from './signing-key.ts'

const ALL = ['ES256', 'EdDSA', 'PS256'] as const
const PEM = { format: 'pem', type: 'pkcs8' } as const

/** A key of each kind, made once: RSA takes a while. */
const KEYS = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  EdDSA: generateKeyPairSync('ed25519').privateKey,
  PS256: generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey,
}

function kept(t: TestContext, text: string): { readonly file: string } {
  const file = join(temporaryFolder(t), 'signing.key')
  writeFileSync(file, text)
  return { file }
}

for (const algorithm of ALL)
  for (const form of ['PEM', 'JWK'] as const)
    test(`\`readSigningKey\` signs ${algorithm} with a ${form}, as jose verifies it`, async (t) => {
      const key = KEYS[algorithm]
      const text =
        form === 'PEM'
          ? key.export(PEM).toString()
          : JSON.stringify({ ...key.export({ format: 'jwk' }), kid: 'mine-1' })
      const read = readSigningKey(kept(t, text), ALL)
      const head = Buffer.from(JSON.stringify({ alg: read.algorithm, kid: read.id }))
      const input = `${head.toString('base64url')}.${Buffer.from('said').toString('base64url')}`
      const [jwk = {}] = publicKeySet([read]).keys
      assert.equal(read.algorithm, algorithm)
      const { payload } = await compactVerify(
        `${input}.${read.sign(input)}`,
        await importJWK(jwk, algorithm),
      )
      assert.equal(Buffer.from(payload).toString(), 'said')
      assert.equal(read.id, form === 'JWK' ? 'mine-1' : await calculateJwkThumbprint(jwk))
      assert.ok(!('d' in jwk) && !('p' in jwk), 'nothing private is published')
    })

const weak = generateKeyPairSync('rsa', { modulusLength: 1_024 }).privateKey
const jwkOf = (changes: object): string =>
  JSON.stringify({ ...KEYS.ES256.export({ format: 'jwk' }), ...changes })
const REFUSED: readonly (readonly [string, string, readonly SigningAlgorithm[]])[] = [
  ['a kind that is not asked for', KEYS.PS256.export(PEM).toString(), ['ES256', 'EdDSA']],
  ['an RSA key of 1024 bits', weak.export(PEM).toString(), ALL],
  [
    'another curve',
    generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey.export(PEM).toString(),
    ALL,
  ],
  ['a key for agreement', generateKeyPairSync('x25519').privateKey.export(PEM).toString(), ALL],
  ['a public JWK', jwkOf({ d: undefined }), ALL],
  ['a kid that is no text', jwkOf({ kid: 7 }), ALL],
  ['a kid that would break a line', jwkOf({ kid: 'a\nb' }), ALL],
  ['a kid that is too long', jwkOf({ kid: 'k'.repeat(129) }), ALL],
  ['a symmetric JWK', '{"kty":"oct","k":"hunter2"}', ALL],
  ['half a JWK', '{"kty":"EC","d":"hunter2', ALL],
  ['no key at all', 'hunter2', ALL],
]
for (const [what, text, allowed] of REFUSED)
  test(`\`readSigningKey\` refuses ${what}, and tells nothing of it`, (t) => {
    assert.throws(
      () => readSigningKey(kept(t, text), allowed),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'GH_GATEWAY_SIGNING_KEY')
        assert.doesNotMatch(`${error.message}${String(error.cause)}`, /hunter2/)
        return true
      },
    )
  })
