import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyTree } from './body-tree.ts'

const body = (text: string): { kind: 'text'; mediaType: string; text: string } => ({
  kind: 'text',
  mediaType: 'application/json',
  text,
})

test('`bodyTree` reads a body once for all that ask as deep or deeper', () => {
  const fact = body('{"a":[1,{"b":2}]}')
  const tree = bodyTree(fact, 32)
  assert.equal(bodyTree(fact, 32), tree)
  assert.equal(bodyTree(fact, 64), tree)
  assert.notEqual(bodyTree(body(fact.text), 32), tree)
})

test('`bodyTree` reads again for who asks less deep, and for who asks deeper after a refusal', () => {
  const fact = body('[[[]]]')
  assert.equal(typeof bodyTree(fact, 3), 'object')
  assert.equal(bodyTree(fact, 2), 'too-deep')
  assert.equal(bodyTree(fact, 2), 'too-deep')
  assert.equal(typeof bodyTree(fact, 3), 'object')
})

test('`bodyTree` says of a fault what `readTree` says, each time', () => {
  const twice = body('{"a":1,"a":2}')
  assert.deepEqual([bodyTree(twice, 8), bodyTree(twice, 64)], ['duplicate-key', 'duplicate-key'])
  assert.equal(bodyTree(body('{'), 8), 'malformed')
})
