import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonValue } from '../../lib/index.ts'
import { withMeantAlternatives } from './meant-alternatives.ts'

const needsA = { type: 'object', required: ['a'], properties: { a: { type: 'string' } } }
const EMPTY = { type: 'object', maxProperties: 0 }
const meant = (oneOf: JsonValue, components: JsonValue = {}): JsonValue =>
  withMeantAlternatives({ paths: { oneOf }, components })

test('the empty schema beside objects that need a member is an object without members', () => {
  assert.deepEqual(meant([{}, needsA]), { paths: { oneOf: [EMPTY, needsA] }, components: {} })
  const components = { schemas: { One: needsA } }
  const reference = { $ref: '#/components/schemas/One' }
  assert.deepEqual(meant([reference, {}], components), {
    paths: { oneOf: [reference, EMPTY] },
    components,
  })
})

for (const [what, oneOf] of [
  ['alone', [{}]],
  ['twice', [{}, {}, needsA]],
  ['beside an object that needs nothing', [{}, { type: 'object' }]],
  ['beside a text', [{}, { type: 'string' }]],
  ['beside a reference that leads nowhere', [{}, { $ref: '#/components/schemas/None' }]],
  ['nowhere', [needsA]],
] as const)
  test(`a document with the empty schema ${what} is left as it is, uncopied`, () => {
    const document: JsonValue = { paths: { oneOf } }
    assert.equal(withMeantAlternatives(document), document)
  })
