import assert from 'node:assert/strict'
import { constants, generateKeyPairSync, sign, verify } from 'node:crypto'
import { test } from 'node:test'
import { derSignature, ps256PrivateKey, ps256PublicKey } from './one-algorithm.ts'

const DATA = Buffer.from('what is signed')
const padding = constants.RSA_PKCS1_PSS_PADDING
const ecdsa = generateKeyPairSync('ec', { namedCurve: 'P-256' })

void test('an RSA key of each size verifies PS256, and no other padding, hash or salt', () => {
  for (const modulusLength of [2048, 3072, 4096]) {
    const rsa = generateKeyPairSync('rsa', { modulusLength })
    const key = ps256PublicKey(rsa.publicKey)
    const signed = (saltLength: number, hash = 'sha256'): Buffer =>
      sign(hash, DATA, { key: rsa.privateKey, padding, saltLength })
    assert.equal(verify('sha256', DATA, key, signed(32)), true)
    assert.equal(verify('sha256', Buffer.from('another'), key, signed(32)), false)
    for (const salt of [0, 20, 31, 33, 48, modulusLength / 8 - 34])
      assert.equal(verify('sha256', DATA, key, signed(salt)), false, `salt ${salt}`)
    assert.equal(verify('sha256', DATA, key, signed(32, 'sha512')), false)
    assert.equal(verify('sha256', DATA, key, sign('sha256', DATA, rsa.privateKey)), false)
    for (const bad of [Buffer.alloc(0), Buffer.alloc(modulusLength / 8), Buffer.alloc(5_000, 1)])
      assert.equal(verify('sha256', DATA, key, bad), false)
  }
})

void test('what such a private key signs is PS256 for everybody else', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const signature = sign('sha256', DATA, ps256PrivateKey(rsa.privateKey))
  assert.equal(
    verify('sha256', DATA, { key: rsa.publicKey, padding, saltLength: 32 }, signature),
    true,
  )
  assert.throws(() => sign('sha512', DATA, ps256PrivateKey(rsa.privateKey)))
})

void test('an ES256 signature is the same one in both forms, whatever its numbers begin with', () => {
  const seen = new Set<number>()
  // One in 256 begins with a byte of zero, every second one with a bit that would be a sign.
  for (let at = 0; at < 2_000; at++) {
    const raw = sign('sha256', DATA, { key: ecdsa.privateKey, dsaEncoding: 'ieee-p1363' })
    const der = derSignature(raw)
    seen.add(der.length)
    if (at < 200 || raw[0] === 0 || raw[32] === 0)
      assert.equal(verify('sha256', DATA, ecdsa.publicKey, der), true)
  }
  assert.ok(seen.size >= 3, `lengths ${[...seen].join(' ')}`)
})

void test('bytes that are no ES256 signature verify in neither form', () => {
  const der = { key: ecdsa.publicKey, dsaEncoding: 'der' } as const
  const order = Buffer.from(
    'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
    'hex',
  )
  const good = sign('sha256', DATA, { key: ecdsa.privateKey, dsaEncoding: 'ieee-p1363' })
  for (const raw of [
    Buffer.alloc(64),
    Buffer.alloc(64, 0xff),
    Buffer.concat([order, good.subarray(32)]),
    Buffer.concat([good.subarray(0, 32), order]),
    Buffer.concat([good.subarray(0, 32), Buffer.alloc(32)]),
    Buffer.concat([good.subarray(32), good.subarray(0, 32)]),
  ])
    assert.equal(verify('sha256', DATA, der, derSignature(raw)), false)
})
