import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeBase64url } from './index.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

// RFC 4648 §10, without padding.
const vectors = [
  ['', ''],
  ['Zg', 'f'],
  ['Zm8', 'fo'],
  ['Zm9v', 'foo'],
  ['Zm9vYg', 'foob'],
  ['Zm9vYmE', 'fooba'],
  ['Zm9vYmFy', 'foobar'],
] as const
for (const [text, plain] of vectors) {
  test(`\`decodeBase64url\` reads "${text}" as "${plain}"`, () =>
    assert.equal(Buffer.from(decodeBase64url(text) ?? 'x').toString(), plain))
}

const refused = [
  ['a length that no bytes have', 'Z'],
  ['another length that no bytes have', 'Zm9vZ'],
  ['padding', 'Zg=='],
  ['letters of plain base64', 'a+/b'],
  ['white space', 'Zm9v\n'],
  ['left-over bits after one byte', 'Zh'],
  ['left-over bits after two bytes', 'Zm9'],
  ['letters beyond ASCII', 'Zmé9'],
  ['a letter of two code units', 'Zm\u{1F600}'],
] as const
for (const [name, text] of refused) {
  test(`\`decodeBase64url\` refuses ${name}`, () => assert.equal(decodeBase64url(text), undefined))
}

test('`decodeBase64url` undoes what Node encodes, for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const read = decodeBase64url(Buffer.from(bytes).toString('base64url'))
      assert.deepEqual(read && [...read], [...bytes])
    }),
  )
})

test('`decodeBase64url` has one text for each bytes: what it reads, encodes back to the same', () => {
  const texts = fc.string({ unit: fc.constantFrom(...ALPHABET), maxLength: 40 })
  let read = 0
  fc.assert(
    fc.property(texts, (text) => {
      const bytes = decodeBase64url(text)
      if (bytes === undefined) return
      read++
      assert.equal(Buffer.from(bytes).toString('base64url'), text)
    }),
    { numRuns: 500 },
  )
  assert.ok(read > 50, `${read} texts read: the check is blind`)
})

test('`decodeBase64url` never throws, and refuses whatever holds a foreign letter', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const foreign = [...text].some((letter) => !ALPHABET.includes(letter))
      if (foreign) assert.equal(decodeBase64url(text), undefined)
      else decodeBase64url(text)
    }),
  )
})
