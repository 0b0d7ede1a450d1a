import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  atLeastAsTight,
  checkParam,
  MAX_SET_SIZE,
  MAX_WORD_LENGTH,
  type ParamKind,
  type ParamValue,
  tightest,
} from './param-kinds.ts'
import { RULES } from './vocabulary.ts'

const AT_MOST: ParamKind = { kind: 'at-most', min: 1, max: 10 }
const ORDERED: ParamKind = { kind: 'ordered', values: ['pass', 'strip', 'refuse'] }
const word = fc.constantFrom('a', 'b', 'c', 'd')
const set = fc.uniqueArray(word).map((list) => list.sort())

const step = fc.constantFrom('pass', 'strip', 'refuse')

/** A kind of parameter with two values of it. */
const pairs: fc.Arbitrary<readonly [ParamKind, ParamValue, ParamValue, ParamValue]> = fc.oneof(
  fc.tuple(
    fc.constant(AT_MOST),
    fc.integer({ min: 1, max: 10 }),
    fc.integer({ min: 1, max: 10 }),
    fc.integer({ min: 1, max: 10 }),
  ),
  fc.tuple(fc.constant<ParamKind>({ kind: 'subset' }), set, set, set),
  fc.tuple(fc.constant<ParamKind>({ kind: 'superset' }), set, set, set),
  fc.tuple(fc.constant(ORDERED), step, step, step),
  fc.tuple(
    fc.constant<ParamKind>({ kind: 'flag', tight: false }),
    fc.boolean(),
    fc.boolean(),
    fc.boolean(),
  ),
)

test('property: tightness is an order, and tightest() is as tight as both and no tighter than needed', () => {
  fc.assert(
    fc.property(pairs, ([kind, a, b, c]) => {
      assert.ok(atLeastAsTight(kind, a, a))
      const both = tightest(kind, a, b)
      assert.ok(atLeastAsTight(kind, both, a) && atLeastAsTight(kind, both, b))
      assert.deepEqual(tightest(kind, b, a), both)
      if (atLeastAsTight(kind, c, a) && atLeastAsTight(kind, c, b))
        assert.ok(atLeastAsTight(kind, c, both))
      if (atLeastAsTight(kind, a, b) && atLeastAsTight(kind, b, c))
        assert.ok(atLeastAsTight(kind, a, c))
      if (atLeastAsTight(kind, a, b) && atLeastAsTight(kind, b, a)) assert.deepEqual(a, b)
    }),
  )
})

test('null restricts nothing: everything is at least as tight, and it is as tight as nothing', () => {
  assert.ok(atLeastAsTight(AT_MOST, 5, null))
  assert.ok(atLeastAsTight(AT_MOST, null, null))
  assert.equal(atLeastAsTight(AT_MOST, null, 5), false)
  assert.equal(tightest(AT_MOST, null, 5), 5)
  assert.equal(tightest(AT_MOST, null, null), null)
})

test('atLeastAsTight() of a fixed name is true for the same name, or for one of a bound', () => {
  const kind: ParamKind = { kind: 'fixed', pattern: /^[a-z-]+$/, form: 'a name' }
  assert.ok(atLeastAsTight(kind, 'x-id', 'x-id'))
  assert.equal(atLeastAsTight(kind, 'x-id', 'x-other'), false)
  assert.ok(atLeastAsTight(kind, 'x-id', ['x-id', 'x-other']))
  assert.equal(atLeastAsTight(kind, 'x-third', ['x-id', 'x-other']), false)
})

test('checkParam() takes the ends of a range and refuses what is beyond, a fraction, and a text', () => {
  for (const value of [1, 10]) assert.ok(checkParam(AT_MOST, value).ok, String(value))
  for (const value of [0, 11, 1.5, '5', null, undefined, Number.NaN, [5]])
    assert.equal(checkParam(AT_MOST, value).ok, false, String(value))
})

test('checkParam() takes a set at its limits, drops repetitions, and refuses more', () => {
  const kind: ParamKind = { kind: 'subset' }
  const words = (count: number): string[] => Array.from({ length: count }, (_, i) => `w${i}`)
  assert.deepEqual(checkParam(kind, ['b', 'a', 'b']), { ok: true, value: ['a', 'b'] })
  assert.ok(checkParam(kind, words(MAX_SET_SIZE)).ok)
  assert.equal(checkParam(kind, words(MAX_SET_SIZE + 1)).ok, false)
  assert.ok(checkParam(kind, ['x'.repeat(MAX_WORD_LENGTH)]).ok)
  assert.equal(checkParam(kind, ['x'.repeat(MAX_WORD_LENGTH + 1)]).ok, false)
  for (const value of ['a', [''], [1], [['a']], {}, null])
    assert.equal(checkParam(kind, value).ok, false)
})

test('the fallback of every parameter is a value that the parameter takes', () => {
  const specs = RULES.flatMap(({ params }) => [...params.values()])
  assert.ok(specs.length > 10)
  for (const { kind, fallback } of specs)
    if (fallback !== null) assert.ok(checkParam(kind, fallback).ok, JSON.stringify(fallback))
})
