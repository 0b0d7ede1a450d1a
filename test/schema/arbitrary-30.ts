/**
 * Random schemas of OpenAPI 3.0 and of Swagger 2.0 made into it, with the keywords that JSON Schema draft 4 has and `nullable`. Each says
 * its type: without one a schema of 3.0 is read by its author's intent, which Ajv does not ask for.
 */
import * as fc from 'fast-check'
import { name } from './arbitrary-schema.ts'
import type { Schema } from './reference-value.ts'

/** Ranges are never empty: one that lets nothing pass is a mistake, and refused as one. */
const count = fc.integer({ min: 0, max: 2 })
/** Some of the members, each as its arbitrary makes it. */
const some = (members: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Schema> =>
  fc.record(members, { requiredKeys: [], noNullPrototype: true })

const string = some({
  minLength: count,
  maxLength: fc.integer({ min: 3, max: 6 }),
  pattern: fc.constantFrom('x', '^[a-z]*$', '\\d', '^$'),
  nullable: fc.boolean(),
}).map((more) => ({ type: 'string', ...more }))

/** Draft 4 §5.1: `exclusiveMinimum` is a flag beside `minimum`. */
const number = fc
  .tuple(
    fc.constantFrom('number', 'integer'),
    some({
      minimum: fc.integer({ min: -10, max: 5 }),
      maximum: fc.integer({ min: 7, max: 20 }),
      multipleOf: fc.constantFrom(1, 2, 7),
      nullable: fc.boolean(),
    }),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([type, more, low, high]) => ({
    type,
    ...more,
    ...('minimum' in more ? { exclusiveMinimum: low } : {}),
    ...('maximum' in more ? { exclusiveMaximum: high } : {}),
  }))

const literal = fc.oneof(
  fc
    .uniqueArray(fc.constantFrom('x', 'y', '7', ''), { minLength: 1, maxLength: 3 })
    .map((values) => ({ type: 'string', enum: values })),
  fc
    .uniqueArray(fc.constantFrom(0, 7, 10, -1), { minLength: 1, maxLength: 3 })
    .map((values) => ({ type: 'integer', enum: values })),
)

export const schema30: fc.Arbitrary<Schema> = fc.letrec<{ schema: Schema; object: Schema }>(
  (tie) => ({
    object: fc
      .tuple(
        fc
          .uniqueArray(fc.tuple(name, tie('schema')), { selector: ([key]) => key, maxLength: 4 })
          .map((members) => Object.fromEntries(members)),
        some({
          required: fc.uniqueArray(name, { minLength: 1, maxLength: 2 }),
          additionalProperties: fc.oneof(fc.boolean(), tie('schema')),
          minProperties: count,
          maxProperties: fc.integer({ min: 3, max: 5 }),
          nullable: fc.boolean(),
        }),
      )
      .map(([properties, more]) => ({ type: 'object', properties, ...more })),
    schema: fc.oneof(
      { maxDepth: 3, depthSize: 'medium' },
      string,
      number,
      literal,
      fc.constantFrom<Schema>({ type: 'boolean' }, { type: 'boolean', nullable: true }, {}),
      tie('object'),
      tie('object'),
      fc
        .tuple(
          tie('schema'),
          some({
            minItems: count,
            maxItems: fc.integer({ min: 3, max: 4 }),
            uniqueItems: fc.boolean(),
            nullable: fc.boolean(),
          }),
        )
        .map(([items, more]) => ({ type: 'array', items, ...more })),
      fc
        .tuple(
          fc.constantFrom('oneOf', 'anyOf', 'allOf'),
          fc.array(tie('schema'), { minLength: 1, maxLength: 3 }),
        )
        .map(([keyword, of]) => ({ [keyword]: of })),
      fc.tuple(tie('object'), tie('schema')).map(([one, not]) => ({ ...one, not })),
    ),
  }),
).schema
