/** A schema that some examples meet: the kinds and members they show, nothing required, no length, pattern or list of words. */
import type { JsonValue } from '../../lib/index.ts'
import { isJsonObject } from '../../lib/index.ts'
import type { Mark } from '../source/mark.ts'
import { list, object, plain, type Traced } from './traced.ts'

/** Levels of an example; below them nothing is inferred, and nothing leaves. */
const MAX_EXAMPLE_DEPTH = 40
/** Members of one object that are told apart; more of them are data, not names. */
const MAX_MEMBERS = 1_000

export type Example = { readonly ok: true; readonly value: JsonValue } | { readonly ok: false }

/** An example body. Variables that stand where a value does are read as null, of which nothing is inferred. */
export function readExample(text: string): Example {
  for (const candidate of [text, text.replaceAll(/(?<!["\w])\{\{[^{}"]*\}\}(?!["\w])/g, 'null')])
    try {
      const value: unknown = JSON.parse(candidate)
      // sound: JSON.parse makes JSON values
      return { ok: true, value: value as JsonValue }
    } catch {
      // not JSON, or not yet
    }
  return { ok: false }
}

export function inferSchema(examples: readonly JsonValue[], of: Mark, depth = 0): Traced {
  const nullable = examples.includes(null)
  const values = examples.filter((one) => one !== null)
  const text = (value: string): Traced => plain(of, value)
  const orNull: readonly (readonly [string, Traced])[] = nullable
    ? [['nullable', plain(of, true)]]
    : []
  const kinds = [...new Set(values.map(kindOf))]
  const [kind] = kinds
  if (kind === undefined || depth >= MAX_EXAMPLE_DEPTH) return object(of, [])
  if (kinds.length > 1)
    return object(of, [
      ...orNull,
      [
        'anyOf',
        list(
          of,
          kinds.map((one) =>
            inferSchema(
              values.filter((value) => kindOf(value) === one),
              of,
              depth + 1,
            ),
          ),
        ),
      ],
    ])
  if (kind === 'array') {
    const items = values.flatMap((value) =>
      Array.isArray(value) ? (value as readonly JsonValue[]) : [],
    ) // sound: an array of JSON values
    return object(of, [
      ...orNull,
      ['type', text('array')],
      ['items', inferSchema(items, of, depth + 1)],
    ])
  }
  if (kind !== 'object') return object(of, [...orNull, ['type', text(kind)]])
  const members = new Map<string, JsonValue[]>()
  for (const value of values)
    for (const [name, member] of Object.entries(isJsonObject(value) ? value : {})) {
      const met = members.get(name)
      if (met !== undefined) met.push(member)
      else if (members.size < MAX_MEMBERS) members.set(name, [member])
    }
  const properties = [...members].map(([name, all]): readonly [string, Traced] => [
    name,
    inferSchema(all, of, depth + 1),
  ])
  return object(of, [...orNull, ['type', text('object')], ['properties', object(of, properties)]])
}

function kindOf(value: JsonValue): string {
  return Array.isArray(value) ? 'array' : typeof value
}
