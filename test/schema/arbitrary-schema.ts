/** Random values, schemas and selections that have to do with each other: few names, so that they meet. */
import * as fc from 'fast-check'
import type { Selection } from '../../src/schema/index.ts'
import type { Schema, Value } from './reference-value.ts'

export const name = fc.constantFrom(
  'a',
  'b',
  'c',
  'd',
  '__proto__',
  'constructor',
  '😀',
  '\ud83d',
  'é"\\\n',
  '*',
)
const text = fc.oneof(
  fc.constantFrom('x', 'y', '7', ''),
  fc.string({ unit: 'binary', maxLength: 6 }),
)
export const numberText = fc.constantFrom(
  '0',
  '-0',
  '7',
  '10.00',
  '12345678901234567890',
  '1E400',
  '-1e-7',
  '0.1',
  '1e+2',
  '9007199254740993',
)

export const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    text,
    fc.constantFrom<Value>(null, true, false),
    numberText.map((number) => ({ number })),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => ({ items })),
    fc
      .uniqueArray(fc.tuple(name, tie('value')), { selector: ([key]) => key, maxLength: 5 })
      .map((members) => ({ members })),
  ),
})).value

/** `Object.fromEntries` defines own members, `__proto__` too. */
function fromEntries<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries(entries)
}

export const schema: fc.Arbitrary<Schema> = fc.letrec<{ schema: Schema; object: Schema }>(
  (tie) => ({
    object: fc
      .record(
        {
          properties: fc
            .uniqueArray(fc.tuple(name, tie('schema'), fc.boolean()), {
              selector: ([key]) => key,
              maxLength: 4,
            })
            .map((all) =>
              fromEntries(
                all.map(([key, inner, mark]) => [
                  key,
                  mark && typeof inner['type'] === 'string' ? { ...inner, writeOnly: true } : inner,
                ]),
              ),
            ),
          additionalProperties: fc.oneof(
            fc.boolean(),
            fc.constant({ type: 'string' }),
            tie('object'),
          ),
          nullable: fc.boolean(),
        },
        { requiredKeys: ['properties'] },
      )
      .map((keywords) => ({ type: 'object', ...keywords })),
    schema: fc.oneof(
      { maxDepth: 3, depthSize: 'medium' },
      fc.constantFrom<Schema>(
        { type: 'string' },
        { type: 'string', nullable: true },
        { type: 'integer' },
        { type: 'number' },
        { type: 'boolean' },
        {},
        { $ref: '#/start' },
      ),
      tie('object'),
      tie('object'),
      tie('schema').map((items) => ({ type: 'array', items })),
      fc
        .tuple(
          fc.constantFrom('oneOf', 'anyOf'),
          fc.array(tie('schema'), { minLength: 1, maxLength: 3 }),
        )
        .map(([keyword, of]) => ({
          [keyword]: of.filter((part) => !('$ref' in part)).concat({ type: 'string' }),
        })),
      fc.array(tie('object'), { minLength: 1, maxLength: 3 }).map((allOf) => ({ allOf })),
    ),
  }),
).schema

const path = fc.array(fc.oneof(name, fc.constant('*')), { maxLength: 4 })

export const selection: fc.Arbitrary<Selection> = fc.record({
  drop: fc.array(
    path.filter((segments) => segments.length > 0),
    { maxLength: 3 },
  ),
  rows: fc.array(
    fc.record({
      at: fc.oneof(
        path,
        path.map((segments) => [...segments, '*']),
      ),
      field: fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 2 }),
      test: fc.constant({ kind: 'in', set: 'known' } as const),
    }),
    { maxLength: 2 },
  ),
  freeForm: fc.constantFrom('keep', 'strip'),
})
