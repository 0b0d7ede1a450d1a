/** Regular expressions from specifications: linear in the text, or refused; never an exception. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import type { Json } from '../../support/json-mutation.ts'
import { linearRegex } from '../../support/linear-regex.ts'
import { defineSuite } from '../suite.ts'

/** What brings backtracking engines to a stand, in the shapes that advisories show. */
const EVIL = [
  '(a+)+$',
  '([a-zA-Z]+)*$',
  '(a|aa)+$',
  '(a|a?)+$',
  '(.*a){20}$',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  '(\\w+\\s?)*$',
  '^(\\d+)*$',
  '(x+x+)+y',
  '((a{1,9})*)*b',
  '(?:a?){50}a{50}',
  '^\\s+|\\s+$',
  '(a{0,100}){0,100}',
  '((((a*)*)*)*)*$',
  '[\\s\\S]*[\\s\\S]*[\\s\\S]*x',
  '(?=(a+))\\1',
  '\\1(a)',
]
const atom: fc.Arbitrary<string> = fc.constantFrom(
  'a',
  'b',
  '.',
  '\\d',
  '\\w',
  '\\s',
  '[a-z]',
  '[^a]',
  '\\u0041',
  '\\x41',
  '\\p{L}',
  '^',
  '$',
  '\\b',
  '(?=a)',
  '(?!a)',
)
const pattern = fc.letrec<{ p: string }>((tie) => ({
  p: fc.oneof(
    { maxDepth: 4 },
    atom,
    fc.tuple(tie('p'), tie('p')).map(([a, b]) => a + b),
    fc.tuple(tie('p'), tie('p')).map(([a, b]) => `(${a}|${b})`),
    fc
      .tuple(
        tie('p'),
        fc.constantFrom('*', '+', '?', '{2}', '{0,9}', '{3,}', '*?', '{100}', '{1000}', '{1001}'),
      )
      .map(([a, times]) => `(?:${a})${times}`),
    fc.tuple(tie('p'), fc.constantFrom('*', '+')).map(([a, times]) => `(${a})${times}`),
  ),
})).p
const text = fc.oneof(
  fc
    .tuple(fc.constantFrom('a', 'aa', 'ab', 'x', ' ', '0', 'a '), fc.nat(2_000))
    .map(([unit, count]) => `${unit.repeat(count)}!`),
  fc.string({ unit: 'binary', maxLength: 50 }),
)

export const patterns = defineSuite<Json>(
  { name: 'patterns', holds: 'any pattern is refused or searches any text in linear time' },
  () => ({
    input: fc
      .record({
        pattern: fc.oneof(
          fc.constantFrom(...EVIL),
          pattern,
          fc.string({ unit: 'binary', maxLength: 20 }),
        ),
        text,
      })
      .map((made): Json => ({ ...made })),
    check(input) {
      const { pattern: made = '', text: given = '' } = input as Record<string, string> // sound: made above
      const compiled = linearRegex.compile(made)
      if ('refused' in compiled) assert.match(compiled.refused, /\S/)
      else assert.equal(typeof compiled.test(given), 'boolean')
    },
  }),
)
