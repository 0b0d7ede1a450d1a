/** Schemas and parameters of Swagger 2.0 as OpenAPI 3.0 writes them. */
import { isJsonObject, type JsonObject } from '../../lib/index.ts'
import { MAX_REFERENCE_HOPS } from '../limits.ts'
import { itemsOf, list, memberOf, membersOf, object, plain, textOf, type Traced } from './traced.ts'

/** Where each kind of definition went. */
const MOVED: readonly (readonly [from: string, to: string])[] = [
  ['#/definitions/', '#/components/schemas/'],
  ['#/parameters/', '#/components/parameters/'],
  ['#/responses/', '#/components/responses/'],
  // Nothing of this name stands in Swagger: what refers to it must not find what was moved there.
  ['#/components', '#//components'],
]

/** A text with its references as their author wrote them. */
export function movedBack(text: string): string {
  return MOVED.reduce((all, [from, to]) => all.replaceAll(to, from), text)
}

export function movedReference(reference: Traced): Traced {
  const text = textOf(reference) ?? ''
  const moved = MOVED.find(([from]) => text.startsWith(from))
  return moved === undefined
    ? reference
    : plain(reference.mark, moved[1] + text.slice(moved[0].length))
}

/** A schema with its references moved, `x-nullable` as `nullable`, and a discriminator as an object. */
export function swaggerSchema(schema: Traced): Traced {
  if (!isJsonObject(schema.value)) return schema
  const members = membersOf(schema).flatMap(([key, value]): (readonly [string, Traced])[] => {
    switch (key) {
      case '$ref':
        return [[key, movedReference(value)]]
      case 'x-nullable':
        return [['nullable', value]]
      case 'nullable':
        return [] // no keyword of Swagger 2.0
      case 'discriminator':
        return [[key, object(value.mark, [['propertyName', value]])]]
      case 'properties':
        return [
          [
            key,
            object(
              value.mark,
              membersOf(value).map(([name, inner]) => [name, swaggerSchema(inner)]),
            ),
          ],
        ]
      case 'items':
      case 'not':
      case 'additionalProperties':
        return [[key, swaggerSchema(value)]]
      case 'allOf':
      case 'oneOf':
      case 'anyOf':
        return [
          [
            key,
            Array.isArray(value.value)
              ? list(value.mark, itemsOf(value).map(swaggerSchema))
              : value,
          ],
        ]
      default:
        return [[key, value]]
    }
  })
  // A file is its bytes: a text that no member can be taken out of.
  if (schema.value['type'] === 'file')
    return object(schema.mark, [
      ['type', plain(schema.mark, 'string')],
      ['format', plain(schema.mark, 'binary')],
    ])
  return object(schema.mark, members)
}

/** What of a parameter is its schema (Swagger 2.0, Parameter Object). */
const NOT_SCHEMA = new Set(
  'name in required description collectionFormat allowEmptyValue schema style explode content'.split(
    ' ',
  ),
)

/** The schema of a parameter that is no body, a header of an answer, or one field of a form. */
export function inlineSchema(written: Traced): Traced {
  const members = membersOf(written).filter(([key]) => !NOT_SCHEMA.has(key))
  return swaggerSchema(object(written.mark, members))
}

const COLLECTIONS: ReadonlyMap<string, readonly [query: string, explode: boolean]> = new Map([
  ['csv', ['form', false]],
  ['ssv', ['spaceDelimited', false]],
  ['pipes', ['pipeDelimited', false]],
  ['multi', ['form', true]],
])

/** A parameter in path, query or header; a reference to one stays a reference. */
export function parameterOf(written: Traced): Traced {
  const { value, mark } = written
  if (!isJsonObject(value)) return written
  const reference = memberOf(written, '$ref')
  if (reference !== undefined) return object(mark, [['$ref', movedReference(reference)]])
  const keep = (name: string): readonly [string, Traced | undefined] => [
    name,
    memberOf(written, name),
  ]
  const format = memberOf(written, 'collectionFormat')
  const form = COLLECTIONS.get(textOf(format) ?? 'csv')
  const isQuery = value['in'] === 'query'
  // A format without a counterpart, such as tsv, goes on by its name, which no style has.
  const style =
    form === undefined || (!isQuery && form[0] !== 'form')
      ? (textOf(format) ?? '?')
      : isQuery
        ? form[0]
        : 'simple'
  const list: readonly (readonly [string, Traced | undefined])[] =
    value['type'] === 'array'
      ? [
          ['style', plain(format?.mark ?? mark, style)],
          ['explode', plain(format?.mark ?? mark, form?.[1] ?? false)],
        ]
      : []
  return object(mark, [
    ...['name', 'in', 'required', 'description'].map(keep),
    ...list,
    [
      'schema',
      value['type'] === undefined && value['schema'] !== undefined
        ? undefined
        : inlineSchema(written),
    ],
  ])
}

/** A parameter behind its references, to tell where it belongs; what cannot be found is taken as it stands. */
export function resolvedParameter(
  root: Traced,
  written: Traced,
): { readonly value: JsonObject; readonly traced: Traced } {
  let at = written
  for (let hops = 0; hops < MAX_REFERENCE_HOPS; hops++) {
    const name = /^#\/parameters\/([^/]+)$/.exec(textOf(memberOf(at, '$ref')) ?? '')?.[1]
    const target =
      name === undefined
        ? undefined
        : memberOf(memberOf(root, 'parameters'), name.replaceAll('~1', '/').replaceAll('~0', '~'))
    if (target === undefined) break
    at = target
  }
  return { value: isJsonObject(at.value) ? at.value : {}, traced: at }
}
