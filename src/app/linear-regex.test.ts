import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linearRegex } from './linear-regex.ts'

function matches(pattern: string, text: string): boolean {
  const compiled = linearRegex.compile(pattern)
  assert.ok('test' in compiled, JSON.stringify(compiled))
  return compiled.test(text)
}

test('`linearRegex` searches unanchored and ends where the text ends, as JSON Schema means', () => {
  assert.ok(matches('b', 'abc'))
  assert.ok(matches('^[A-Z]{3}$', 'GBP'))
  assert.ok(!matches('^[A-Z]{3}$', 'GBPX'))
  assert.ok(!matches('^a$', 'a\n'))
  assert.ok(matches('^\\d{4}-\\d{2}$', '2026-01'))
  assert.ok(matches('\\u0041', 'A'))
  assert.ok(matches('^(?<year>\\d+)$', '2026'))
})

test('`linearRegex` refuses what cannot run in linear time, and what is too long', () => {
  for (const pattern of ['(?=a)', '(?<!a)b', '(a)\\1', '(', '[z-a]', 'a'.repeat(4_097)])
    assert.ok('refused' in linearRegex.compile(pattern), pattern.slice(0, 20))
  assert.ok('test' in linearRegex.compile('a'.repeat(4_096)))
})

test('`linearRegex` matches nothing once pattern and text together are too much work', () => {
  assert.ok(matches('^a*$', 'a'.repeat(300_000)))
  assert.ok(!matches('^a*$', 'a'.repeat(2_000_001)))
  // Linear, and a second all the same: a thousand states alive at each letter.
  const costly = '(\\w)+(?:\\p{L}){1000}'
  assert.ok(matches(costly, 'a'.repeat(1_900)))
  assert.ok(!matches(costly, 'a'.repeat(2_100)))
})

test('`linearRegex` stays quick where a backtracking engine does not come back', () => {
  assert.ok(!matches('^(a+)+$', `${'a'.repeat(5_000)}b`))
})
