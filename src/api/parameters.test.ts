import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { type ParametersSchema, parametersReader } from './parameters.ts'

const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['id'],
  properties: {
    id: { type: 'string', minLength: 1, maxLength: 8 },
    limit: { type: 'integer', minimum: 1, maximum: 1000 },
    count: { type: 'boolean' },
    outcome: { type: 'string', enum: ['allowed', 'denied'] },
  },
} as const satisfies ParametersSchema
const read = parametersReader(SCHEMA)

const taken = [
  [{ id: 'a' }, { id: 'a' }],
  [{ id: '12345678' }, { id: '12345678' }],
  [
    { id: '7', limit: '1000', count: 'true' },
    { id: '7', limit: 1000, count: true },
  ],
  [
    { id: 'true', limit: '1', count: 'false', outcome: 'denied' },
    { id: 'true', limit: 1, count: false, outcome: 'denied' },
  ],
] as const
for (const [given, value] of taken)
  test(`parametersReader takes ${JSON.stringify(given)} for what the schema says`, () =>
    assert.deepEqual(read(given), { value }))

const refused: readonly Readonly<Record<string, unknown>>[] = [
  {},
  { id: '' },
  { id: '123456789' },
  { limit: '1' },
  { id: 'a', limit: '0' },
  { id: 'a', limit: '1001' },
  { id: 'a', limit: '1.5' },
  { id: 'a', limit: '1e400' },
  { id: 'a', limit: '0x10' },
  { id: 'a', limit: ' 1' },
  { id: 'a', limit: '' },
  { id: 'a', count: 'TRUE' },
  { id: 'a', count: '1' },
  { id: 'a', outcome: 'maybe' },
  { id: 'a', other: 'a' },
  { id: 'a', __proto__: null, constructor: 'a' },
  { id: ['a', 'b'] },
  { id: 'a', limit: ['1', '2'] },
]
for (const given of refused)
  test(`parametersReader refuses ${JSON.stringify(given)}`, () => {
    const answer = read(given)
    assert.ok('error' in answer)
    // What somebody sent is nobody else's business.
    assert.doesNotMatch(answer.error.message, /123456789|1001|maybe|TRUE/)
  })

test('parametersReader and Ajv agree on what is taken, and on its values', () => {
  const check = new Ajv2020({ coerceTypes: false }).compile(SCHEMA)
  const word = fc.oneof(
    fc.string({ maxLength: 10 }),
    fc.integer({ min: -5, max: 1100 }).map(String),
    fc.constantFrom('true', 'false', 'allowed', 'denied', '1.0', '1e2', '-0', 'null'),
  )
  const query = fc.dictionary(fc.constantFrom('id', 'limit', 'count', 'outcome', 'Limit'), word, {
    noNullPrototype: true,
  })
  let both = 0
  fc.assert(
    fc.property(query, (given) => {
      const typed = Object.fromEntries(
        Object.entries(given).map(([name, text]) => [name, asWritten(name, text)]),
      )
      const answer = read(given)
      assert.equal('value' in answer, check(typed), JSON.stringify(given))
      if ('value' in answer) {
        both++
        assert.deepEqual(answer.value, typed)
      }
    }),
    { numRuns: 10_000 },
  )
  assert.ok(both > 100, 'hardly any query was good: the comparison is blind')
})

/** The JSON value that the text writes, where the schema has another type than text. */
function asWritten(name: string, text: string): unknown {
  if (name !== 'limit' && name !== 'count') return text
  try {
    return text === text.trim() ? JSON.parse(text) : text
  } catch {
    return text
  }
}
