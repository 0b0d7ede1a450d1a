/** `nearest` against a slow definition of optimal string alignment, written another way. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nearest } from '../../src/lib/index.ts'

function distance(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length
  const [restA, restB] = [a.slice(1), b.slice(1)]
  if (a[0] === b[0]) return distance(restA, restB)
  const swapped =
    a.length > 1 && b.length > 1 && a[0] === b[1] && a[1] === b[0]
      ? distance(a.slice(2), b.slice(2))
      : Infinity
  return 1 + Math.min(distance(restA, restB), distance(restA, b), distance(a, restB), swapped)
}
const limitOf = (word: string): number => Math.min(3, Math.max(1, Math.floor(word.length / 3)))

const short = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 6 })

test('`nearest` finds a candidate exactly when it is near enough, whatever the edits', () => {
  let near = 0
  fc.assert(
    fc.property(short, short, (word, candidate) => {
      const expected = distance(word, candidate) <= limitOf(word)
      if (expected) near++
      assert.equal(nearest(word, [candidate]), expected ? candidate : undefined)
    }),
    { numRuns: 1500 },
  )
  assert.ok(near > 100, 'the check is blind')
})

test('`nearest` gives one of the candidates with the fewest edits, and of these the first', () => {
  fc.assert(
    fc.property(short, fc.array(short, { maxLength: 6 }), (word, candidates) => {
      const distances = candidates.map((one) => distance(word, one))
      const least = Math.min(...distances)
      const wanted = least <= limitOf(word) ? candidates[distances.indexOf(least)] : undefined
      assert.equal(nearest(word, candidates), wanted)
    }),
    { numRuns: 400 },
  )
})

const EDITS: readonly (readonly [word: string, candidate: string, near: boolean])[] = [
  ['a', 'b', true], // one edit is always allowed
  ['ab', 'cd', false],
  ['abc', 'acb', true],
  ['abc', 'cab', false],
  ['abcde', 'abc', false],
  ['abcdef', 'abcd', true],
  ['abcdef', 'badcef', true],
  ['abcdef', 'badcfe', false],
  ['ABCDEF', 'abcdef', true],
  ['tokenlifetime', 'token.lifetime', true],
  ['authz.consnet', 'authz.consent', true],
  ['', 'a', true],
  ['', 'ab', false],
  ['a', '', true],
  ['ÄB', 'äb', true],
]
for (const [word, candidate, near] of EDITS)
  test(`\`nearest\` ${near ? 'takes' : 'leaves'} "${candidate}" for "${word}"`, () =>
    assert.equal(nearest(word, [candidate]), near ? candidate : undefined))

test('`nearest` stops at a perfect match and reads candidates of any kind once', () => {
  let read = 0
  function* words(): Generator<string> {
    for (const one of ['specs', 'spec', 'spek']) {
      read++
      yield one
    }
  }
  assert.equal(nearest('spec', words()), 'spec')
  assert.ok(read <= 3)
  assert.equal(nearest('spec', new Map([['spek', 1]]).keys()), 'spek')
})
