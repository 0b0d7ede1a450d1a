import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  MAX_RECORDED_CHARS,
  MAX_RECORDED_ITEMS,
  recordedText,
  recordedTexts,
} from './recorded-text.ts'

test('`recordedText` keeps a client_id as it is when it is printable ASCII, up to the limit', () => {
  for (const text of ['', 'tpp-a', 'https://tpp.example/a?b=c~', 'x'.repeat(MAX_RECORDED_CHARS)])
    assert.equal(recordedText(text), text)
})

test('`recordedText` cuts one character past the limit, and says so', () => {
  const long = 'x'.repeat(MAX_RECORDED_CHARS + 1)
  assert.equal(recordedText(long), `${'x'.repeat(MAX_RECORDED_CHARS)}…`)
})

test('`recordedText` lets nothing through that steers a terminal or begins another line', () => {
  const attack = '\u001B]0;title\u0007\u001B[31m\u009B31m\r\n12:00 allowed\u202E\u2028\u007F'
  assert.equal(
    recordedText(attack),
    '\uFFFD]0;title\uFFFD\uFFFD[31m\uFFFD31m\uFFFD\uFFFD12:00 allowed\uFFFD\uFFFD\uFFFD',
  )
})

test('`recordedText` never makes a sound identifier out of another text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const recorded = recordedText(text)
      assert.ok(recorded.length <= MAX_RECORDED_CHARS + 1)
      assert.match(recorded, /^[ -~\uFFFD]*…?$/)
      if (recorded !== text) assert.doesNotMatch(recorded, /^[ -~]*$/)
    }),
  )
})

test('`recordedTexts` keeps the first of a list and says that there were more', () => {
  const many = Array.from({ length: MAX_RECORDED_ITEMS + 1 }, (_, at) => `s${at}`)
  assert.deepEqual(recordedTexts(new Set(['a', 'b\u001B'])), ['a', 'b\uFFFD'])
  assert.equal(recordedTexts(many.slice(0, -1)).at(-1), `s${MAX_RECORDED_ITEMS - 1}`)
  assert.deepEqual(recordedTexts(many).slice(-2), [`s${MAX_RECORDED_ITEMS - 1}`, '…'])
})
