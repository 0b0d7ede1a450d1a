/** Random schemas of JSON Schema 2020-12 as APIs write them: typed and untyped, with compositions, conditions and maps. */
import * as fc from 'fast-check'
import { name } from './arbitrary-schema.ts'
import type { Schema } from './reference-value.ts'

/** `Object.fromEntries` defines own members, `__proto__` too. */
function fromEntries<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries(entries)
}

const constant = fc.constantFrom<unknown>('x', '7', 7, true, null)
const pattern = fc.constantFrom('^a', 'b$', '^[cd]$')
const some = <T>(of: fc.Arbitrary<T>, maxLength = 3): fc.Arbitrary<T[]> =>
  fc.array(of, { minLength: 1, maxLength })

const IN_PLACE = ['not', 'if', 'then', 'else']

/** Keywords beside one another, each there or not. */
function keywords(model: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Schema> {
  return fc.record(model, { requiredKeys: [] })
}

export const schema2020: fc.Arbitrary<Schema> = fc.letrec<{ schema: Schema; object: Schema }>(
  (tie) => {
    const named = fc
      .uniqueArray(fc.tuple(name, tie('schema')), { selector: ([key]) => key, maxLength: 4 })
      .map(fromEntries)
    const object = keywords({
      properties: named,
      required: fc.uniqueArray(name, { minLength: 1, maxLength: 2 }),
      additionalProperties: fc.oneof(fc.boolean(), fc.constant({ type: 'string' })),
      patternProperties: fc
        .uniqueArray(fc.tuple(pattern, tie('schema')), {
          selector: ([key]) => key,
          maxLength: 2,
          minLength: 1,
        })
        .map(fromEntries),
      propertyNames: fc.constantFrom({ minLength: 1 }, { enum: ['a', 'b', 'c'] }),
      dependentRequired: fc.tuple(name, name).map(([a, b]) => fromEntries([[a, [b]]])),
    })
    const array = keywords({
      prefixItems: some(tie('schema'), 2),
      items: tie('schema'),
      contains: tie('schema'),
    }).map((all) => (Object.keys(all).length === 0 ? { items: { type: 'string' } } : all))
    return {
      object: object.map((all) => ({ type: 'object', ...all })),
      schema: fc.oneof(
        { maxDepth: 3, depthSize: 'medium' },
        fc.constantFrom<Schema>(
          { type: 'string' },
          { type: ['string', 'null'] },
          { type: 'integer' },
          { type: ['number', 'boolean'] },
          { type: 'null' },
          {},
          { $ref: '#/start' },
          { minLength: 1 },
        ),
        constant.map((one) => ({ const: one })),
        some(constant).map((all) => ({ enum: [...new Set(all)] })),
        tie('object'),
        tie('object'),
        object.map((all) => ({ type: ['object', 'null'], ...all })),
        object,
        array.map((all) => ({ type: 'array', ...all })),
        array,
        fc
          .tuple(
            keywords({
              type: fc.constant('object'),
              properties: named,
              required: fc.uniqueArray(name, { minLength: 1, maxLength: 1 }),
              allOf: some(tie('schema'), 2),
              oneOf: some(tie('schema')),
              anyOf: some(tie('schema')),
              ...Object.fromEntries(IN_PLACE.map((keyword) => [keyword, tie('schema')])),
              dependentSchemas: fc.tuple(name, tie('schema')).map((pair) => fromEntries([pair])),
              unevaluatedProperties: fc.oneof(fc.constant(false), fc.constant({ type: 'string' })),
            }),
          )
          .map(([all]) => all),
      ),
    }
  },
).schema

/** References to the root that are reached without a step into the value define a schema by itself, which is refused. */
export function isGrounded(schema: Schema): boolean {
  if ('$ref' in schema) return false
  const list = (keyword: string) => (schema[keyword] ?? []) as Schema[] // sound: our own generator
  const inPlace = [
    ...['allOf', 'oneOf', 'anyOf'].flatMap(list),
    ...IN_PLACE.flatMap((keyword) => (keyword in schema ? [schema[keyword] as Schema] : [])),
    ...Object.values((schema['dependentSchemas'] ?? {}) as Record<string, Schema>),
  ]
  return inPlace.every((part) => isGrounded(part)) && below(schema)
}

/** The parts further down may refer to the root, whose branches they then are. */
function below(schema: Schema): boolean {
  const maps = ['properties', 'patternProperties'].flatMap((keyword) =>
    Object.values((schema[keyword] ?? {}) as Record<string, Schema>),
  )
  const list = (keyword: string) => (schema[keyword] ?? []) as Schema[] // sound: our own generator
  const singles = ['items', 'contains', 'additionalProperties', 'unevaluatedProperties']
    .map((keyword) => schema[keyword])
    .filter((part): part is Schema => typeof part === 'object' && part !== null)
  return [...maps, ...list('prefixItems'), ...singles].every(
    (part) => '$ref' in part || isGrounded(part),
  )
}
