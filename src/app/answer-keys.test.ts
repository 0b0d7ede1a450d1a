import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { flattenedVerify, importJWK, type JWK } from 'jose'
import type { AnswerSigningConfig } from '../config/index.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { answerKeySet, answerSigner } from './answer-keys.ts'

const rsa = (bits = 2048): object =>
  generateKeyPairSync('rsa', { modulusLength: bits }).privateKey.export({ format: 'jwk' })

function config(dir: string, ...keys: readonly object[]): AnswerSigningConfig {
  return {
    issuer: 'org-1',
    trustAnchor: 'openbanking.org.uk',
    keys: keys.map((key, at) => {
      const file = join(dir, `${at}.json`)
      writeFileSync(file, JSON.stringify(key))
      return { file }
    }),
  }
}

test('the first key signs, all are published, and neither publishes what is private', async (t) => {
  const answerSigning = config(
    temporaryFolder(t),
    { ...rsa(), kid: 'now' },
    { ...rsa(), kid: 'next' },
  )
  const signer = answerSigner(answerSigning)
  assert.deepEqual([signer.kid, signer.issuer], ['now', 'org-1'])
  const { keys } = answerKeySet({ answerSigning })
  assert.deepEqual(
    keys.map(({ kid }) => kid),
    ['now', 'next'],
  )
  for (const key of keys) assert.ok(!('d' in key) && !('p' in key))
  const header = Buffer.from('{"alg":"PS256"}').toString('base64url')
  const signature = signer.sign(`${header}.eA`)
  const key = await importJWK(keys[0] as unknown as JWK, 'PS256') // sound: it was made as one
  assert.ok(await flattenedVerify({ protected: header, payload: 'eA', signature }, key))
})

test('a key of another kind, a short one and a place that holds none are refused by name of the place', (t) => {
  const dir = temporaryFolder(t)
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  for (const key of [ec, rsa(1024), { kty: 'oct', k: 'c2VjcmV0' }])
    assert.throws(() => answerSigner(config(dir, key)), { code: 'GH_GATEWAY_SIGNING_KEY' })
  assert.deepEqual(answerKeySet({ answerSigning: null }), { keys: [] })
})

test('a key that is replaced signs at the next look, and one that cannot be used leaves the last', (t) => {
  const answerSigning = config(temporaryFolder(t), { ...rsa(), kid: 'now' })
  const signer = answerSigner(answerSigning)
  const [place] = answerSigning.keys
  assert.ok(place !== undefined && 'file' in place)
  writeFileSync(place.file, JSON.stringify({ ...rsa(), kid: 'next' }))
  assert.equal(signer.kid, 'now')
  signer.check()
  assert.deepEqual([signer.kid, signer.problem], ['next', undefined])
  writeFileSync(place.file, 'hunter2')
  signer.check()
  assert.equal(signer.kid, 'next')
  assert.match(signer.problem ?? '', /holds no private key/)
  assert.doesNotMatch(signer.problem ?? '', /hunter2/)
  writeFileSync(place.file, JSON.stringify({ ...rsa(), kid: 'last' }))
  signer.check()
  assert.deepEqual([signer.kid, signer.problem], ['last', undefined])
})
