import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { splitLookaheads } from './lookahead.ts'

test('`splitLookaheads` matches what the whole pattern matches', () => {
  // Our own patterns and short texts: RegExp is safe here.
  const patterns = [
    '^(?!\\s)(.*)(\\S)$',
    '^(?=.*[A-Z])(?=.*\\d).{2,}$',
    '^(?!a|b)[ab]c?',
    '^(?![)(])(\\)|.)',
    '^(?=a)(?!ab)',
    '^(?!\\()(x|\\()',
  ]
  for (const pattern of patterns) {
    const split = splitLookaheads(pattern)
    assert.ok(split !== undefined, pattern)
    for (const part of [...split.must, ...split.mustNot]) assert.doesNotMatch(part, /\(\?[=!]/)
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab c()|A1x\n'), maxLength: 5 }), (text) => {
        const want = new RegExp(pattern).test(text)
        const got =
          split.must.every((part) => new RegExp(part).test(text)) &&
          !split.mustNot.some((part) => new RegExp(part).test(text))
        assert.equal(got, want, `${pattern} on ${JSON.stringify(text)}`)
      }),
      { seed: 3, numRuns: 500 },
    )
  }
})

test('`splitLookaheads` leaves alone what it cannot tell exactly', () => {
  for (const pattern of [
    'abc',
    '^abc$',
    '(?!a)b',
    'x^(?!a)b',
    '^(?!a)b|c',
    '^(?!a)*b',
    '^(?!a',
    '^(?<!a)b',
    '^(?:a)(?!b)',
  ])
    assert.equal(splitLookaheads(pattern), undefined, pattern)
})

test('`splitLookaheads` takes eight lookaheads off, not nine', () => {
  const nine = `^${'(?=a)'.repeat(9)}a`
  assert.equal(splitLookaheads(nine)?.must[0], '^(?=a)a')
  assert.equal(splitLookaheads(`^${'(?=a)'.repeat(8)}a`)?.must[0], '^a')
})
