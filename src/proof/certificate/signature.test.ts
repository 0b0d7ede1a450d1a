import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readCertificate } from './certificate.ts'
import { readPem } from './pem.ts'
import { isSignedBy, isStrong } from './signature.ts'

const GOLDEN = globSync(
  join(import.meta.dirname, '..', '..', '..', 'test', 'proof', 'certificates', '*.case'),
)
const hex = (text: string): Uint8Array => Buffer.from(text, 'hex')

test('`isSignedBy` verifies what openssl signed: ECDSA, RSASSA-PSS, Ed25519', () => {
  let seen = 0
  for (const file of GOLDEN) {
    const [der] = readPem('CERTIFICATE', readFileSync(file, 'utf8')) ?? []
    const read = readCertificate(der ?? new Uint8Array())
    if (!read.ok) continue
    const { signed, publicKey } = read.certificate
    assert.ok(isSignedBy(signed, publicKey), file)
    const tbs = Buffer.from(signed.tbs)
    tbs[40] = (tbs[40] ?? 0) ^ 1
    assert.equal(isSignedBy({ ...signed, tbs }, publicKey), false, file)
    seen++
  }
  assert.ok(seen >= 10)
})

test('`isSignedBy` verifies nothing that was signed with SHA-1, nor with a key that is too short', () => {
  const tbs = Buffer.from('what was signed')
  const signedBy = (bits: number, hash: string, algorithm: string): boolean => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: bits })
    const signature = sign(hash, tbs, privateKey)
    return isSignedBy(
      { tbs, algorithm: hex(algorithm), signature },
      publicKey.export({ type: 'spki', format: 'der' }),
    )
  }
  const sha256 = '300d06092a864886f70d01010b0500'
  const sha1 = '300d06092a864886f70d0101050500'
  assert.ok(signedBy(2048, 'sha256', sha256), 'the check is blind')
  assert.equal(signedBy(2048, 'sha1', sha1), false)
  assert.equal(signedBy(1024, 'sha256', sha256), false)
  assert.equal(signedBy(2048, 'sha256', '0500'), false)
  // RSASSA-PSS with its defaults, which are SHA-1 (RFC 4055 §3.1).
  assert.equal(signedBy(2048, 'sha256', '300d06092a864886f70d01010a3000'), false)
})

test('`isStrong` knows the curves of certificates and no others', () => {
  const curve = (namedCurve: string): boolean =>
    isStrong(createPublicKey(generateKeyPairSync('ec', { namedCurve }).privateKey))
  assert.ok(curve('prime256v1') && curve('secp384r1') && curve('brainpoolP256r1'))
  assert.equal(curve('secp256k1'), false)
  assert.equal(isStrong(generateKeyPairSync('x25519').publicKey), false)
})
