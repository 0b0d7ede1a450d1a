import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { cookieSigner } from './cookie-signing.ts'

const [first, second] = [randomBytes(32), randomBytes(32)]

test('the first key signs, every key verifies, and no signature is made anew', () => {
  const before = cookieSigner([second])
  const both = cookieSigner([first, second])
  const after = cookieSigner([first])
  for (const signature of [both.sign('a=1'), before.sign('a=1')])
    assert.equal(both.index('a=1', signature), 0)
  assert.equal(after.index('a=1', both.sign('a=1')), 0)
  assert.equal(after.index('a=1', before.sign('a=1')), -1)
  assert.ok(!after.verify('a=1', before.sign('a=1')))
})

test('a signature is HMAC-SHA-256 under the key, as cookies of earlier versions have it', () => {
  const expected = createHmac('sha256', first).update('a=1').digest('base64url')
  assert.equal(cookieSigner([first, second]).sign('a=1'), expected)
})

test('another text, a changed, cut or empty signature is none', () => {
  const signer = cookieSigner([first])
  const signature = signer.sign('a=1')
  assert.match(signature, /^[\w-]{43}$/)
  for (const [text, given] of [
    ['a=2', signature],
    ['a=1', signature.slice(1)],
    ['a=1', `${signature}AAAA`],
    ['a=1', (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1)],
    ['a=1', ''],
  ] as const)
    assert.equal(signer.index(text, given), -1)
})
