import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { createSealing } from './sealing.ts'

const SECRET = randomBytes(32).toString('base64url')
const RUNS = Math.max(1_000, Number(process.env['GATEHOUSE_FUZZ_RUNS'] ?? 0))
const SEALED = { code: 'GH_IDENTITY_SEALED' }

test('what was sealed opens under its name, with its secret, and nowhere else', () => {
  const sealing = createSealing(SECRET, randomBytes)
  const other = createSealing(randomBytes(32).toString('base64url'), randomBytes)
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.string(),
      fc.string(),
      (text, name, foreign) => {
        const sealed = sealing.seal(name, text)
        assert.equal(sealing.open(name, sealed), text)
        assert.equal(createSealing(SECRET, randomBytes).open(name, sealed), text)
        if (foreign !== name) assert.throws(() => sealing.open(foreign, sealed), SEALED)
        assert.throws(() => other.open(name, sealed), SEALED)
      },
    ),
    { numRuns: RUNS },
  )
})

test('a flipped bit, a missing end and an unknown format do not open', () => {
  const sealing = createSealing(SECRET, randomBytes)
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
  const sealing = createSealing(SECRET, randomBytes)
  assert.notDeepEqual(sealing.seal('n', 'text'), sealing.seal('n', 'text'))
  assert.equal(sealing.hashed('k', 'n'), sealing.hashed('k', 'n'))
  assert.notEqual(sealing.hashed('k', 'n'), sealing.hashed('l', 'n'))
  assert.notDeepEqual(sealing.derive('a', 32), sealing.derive('b', 32))
  assert.deepEqual(sealing.derive('a', 32), createSealing(SECRET, randomBytes).derive('a', 32))
})

test('a secret of 43 characters is enough, one less is refused', () => {
  assert.ok(createSealing('x'.repeat(43), randomBytes))
  assert.throws(() => createSealing('x'.repeat(42), randomBytes), { code: 'GH_IDENTITY_SECRET' })
})
