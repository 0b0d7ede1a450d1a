import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { keysOfSecret, passingKeys, type SealingKeys } from '../store/index.ts'
import { createSealing } from './sealing.ts'

const SECRET = randomBytes(32).toString('base64url')
const RUNS = Math.max(1_000, Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 0))
const SEALED = { code: 'GH_IDENTITY_SEALED' }

test('what was sealed opens under its name, with its secret, and nowhere else', () => {
  const sealing = createSealing(keysOfSecret(SECRET), randomBytes)
  const other = createSealing(keysOfSecret(randomBytes(32).toString('base64url')), randomBytes)
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.string(),
      fc.string(),
      (text, name, foreign) => {
        const sealed = sealing.seal(name, text)
        assert.equal(sealing.open(name, sealed), text)
        assert.equal(createSealing(keysOfSecret(SECRET), randomBytes).open(name, sealed), text)
        if (foreign !== name) assert.throws(() => sealing.open(foreign, sealed), SEALED)
        assert.throws(() => other.open(name, sealed), SEALED)
      },
    ),
    { numRuns: RUNS },
  )
})

test('a flipped bit, a missing end and an unknown format do not open', () => {
  const sealing = createSealing(keysOfSecret(SECRET), randomBytes)
  const sealed = sealing.seal('name', 'text')
  for (let at = 0; at < sealed.length * 8; at++) {
    const flipped = Uint8Array.from(sealed)
    flipped[at >> 3] = (flipped[at >> 3] ?? 0) ^ (1 << (at & 7))
    assert.throws(() => sealing.open('name', flipped), SEALED)
  }
  for (let end = 0; end < sealed.length; end++)
    assert.throws(() => sealing.open('name', sealed.subarray(0, end)), SEALED)
})

test('the same text is sealed differently each time; the same name is hashed the same', () => {
  const sealing = createSealing(keysOfSecret(SECRET), randomBytes)
  assert.notDeepEqual(sealing.seal('n', 'text'), sealing.seal('n', 'text'))
  assert.equal(sealing.hashed('k', 'n'), sealing.hashed('k', 'n'))
  assert.notEqual(sealing.hashed('k', 'n'), sealing.hashed('l', 'n'))
})

test('it opens under each secret and seals under the first; names are the same under all', () => {
  const other = randomBytes(32).toString('base64url')
  const lasting = keysOfSecret(SECRET)
  const both: SealingKeys = { ...lasting, secrets: [other, SECRET] }
  const before = createSealing(lasting, randomBytes)
  const sealing = createSealing(both, randomBytes)
  const after = createSealing({ ...lasting, secrets: [other] }, randomBytes)
  assert.equal(sealing.open('n', before.seal('n', 'text')), 'text')
  assert.equal(after.open('n', sealing.seal('n', 'text')), 'text')
  assert.throws(() => before.open('n', sealing.seal('n', 'text')), SEALED)
  assert.throws(() => after.open('n', before.seal('n', 'text')), SEALED)
  assert.equal(sealing.hashed('k', 'n'), before.hashed('k', 'n'))
  assert.equal(passingKeys(both, 'identity cookies').length, 2)
})

test('what was written before secrets could be replaced still opens: keys and format are those', () => {
  const sealing = createSealing(keysOfSecret('x'.repeat(43)), (count) => new Uint8Array(count))
  assert.equal(sealing.hashed('consent', 'one'), 'LKgxsR0lF0AfCgpime3_-WTzs_KjWbqy5qxpiMbWYk0')
  assert.equal(
    Buffer.from(sealing.seal('n', 'text')).toString('base64url'),
    'AQAAAAAAAAAAAAAAAOp-98Lm88VPa5qPpTkuAibJPUtb',
  )
})
