/** Shapes of lists and maps. */
import { isMap, isScalar, isSeq, type Node, type YAMLMap } from 'yaml'

import type { JsonObject, JsonValue } from '../lib/index.ts'
import { type Check, label, nearestWord, oneOf, type Path, quote, type Spot } from './check.ts'
import { LIMITS } from './limits.ts'
import { invalid, type Shape, wrongKind } from './shape.ts'
import { entriesOf } from './yaml-structure.ts'

/** A key of a map: its shape, and what the schema and the reference page say of it. */
export interface Field<T> {
  readonly shape: Shape<T>
  readonly about: string
  readonly examples: readonly JsonValue[]
  /** Absent: the key is needed. `value` is what its absence means, `shown` how one would write that. */
  readonly absent?: { readonly value: T; readonly shown?: JsonValue }
}

export function required<T>(shape: Shape<T>, about: string, ...examples: JsonValue[]): Field<T> {
  return { shape, about, examples }
}

export function optional<T>(
  shape: Shape<T>,
  about: string,
  ...examples: JsonValue[]
): Field<T | null> {
  return { shape, about, examples, absent: { value: null } }
}

export function defaulted<T>(
  shape: Shape<T>,
  absent: { readonly value: T; readonly shown: JsonValue },
  about: string,
  ...examples: JsonValue[]
): Field<T> {
  return { shape, about, examples, absent }
}

type Fields = Readonly<Record<string, Field<unknown>>>
export type FieldValues<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never
}

/** A map with known keys. `what` names it in messages: `an API`. */
export function object<F extends Fields>(what: string, fields: F): Shape<FieldValues<F>> {
  const known = new Map<string, Field<unknown>>(Object.entries(fields))
  return {
    read: (spot, check) => {
      const { node, path } = spot
      if (!isMap(node)) return wrongKind(spot, check, `a map with the keys of ${what}`)
      const values: Record<string, unknown> = { __proto__: null }
      let sound = true
      const seen = new Set<string>()
      for (const { key, keyNode, value } of entriesOf(node)) {
        const field = known.get(key)
        seen.add(key)
        if (field === undefined) {
          unknownKey(check, keyNode, key, path, what, [...known.keys()])
          sound = false
          continue
        }
        const read = field.shape.read({ node: value, key: keyNode, path: [...path, key] }, check)
        if (read === undefined) sound = false
        values[key] = read
      }
      const missing: string[] = []
      for (const [key, { absent }] of known) {
        if (seen.has(key)) continue
        if (absent === undefined) missing.push(key)
        else values[key] = absent.value
      }
      if (missing.length > 0) reportMissing(check, node, path, what, missing)
      // Sound: every key of `fields` was read by its own shape or given its own default, and no other key is there.
      return sound && missing.length === 0 ? (values as FieldValues<F>) : undefined
    },
    schema: (words) => ({
      type: 'object',
      additionalProperties: false,
      required: [...known].filter(([, { absent }]) => absent === undefined).map(([key]) => key),
      properties: Object.fromEntries(
        [...known].map(([key, { shape, about, examples, absent }]): [string, JsonObject] => [
          key,
          {
            description: about,
            ...shape.schema(words),
            ...(absent?.shown === undefined ? {} : { default: absent.shown }),
            ...(examples.length === 0 ? {} : { examples }),
          },
        ]),
      ),
    }),
  }
}

export function unknownKey(
  check: Check,
  keyNode: Node,
  key: string,
  path: Path,
  what: string,
  known: readonly string[],
): void {
  // `<<` and secrets were reported already, each for what it is.
  if (key === '<<' || check.secrets.has(keyNode)) return
  check.report({
    code: 'GH_CONFIG_UNKNOWN_KEY',
    at: keyNode,
    path: [...path, key],
    message: `${quote(key)} is not a key of ${what}; its keys are ${oneOf(known)}.`,
    nearest: nearestWord(key, known),
  })
}

function reportMissing(
  check: Check,
  map: YAMLMap,
  path: Path,
  what: string,
  keys: readonly string[],
): void {
  const first = map.items[0]?.key
  const list = keys.map((key) => quote(key)).join(', ')
  check.report({
    code: 'GH_CONFIG_KEY_MISSING',
    at: isScalar(first) ? first : map,
    path,
    message: `${path.length === 0 ? 'The file' : label(path)} lacks ${list}; ${what} needs ${keys.length === 1 ? 'it' : 'them'}.`,
  })
}

/** A list; `min` items at least. The same text twice is a mistake. */
export function list<T>(item: Shape<T>, min = 0, max: number = LIMITS.items): Shape<readonly T[]> {
  return {
    read: (spot, check) => {
      const { node, key, path } = spot
      if (!isSeq(node)) return wrongKind(spot, check, 'a list')
      if (node.items.length < min)
        return invalid(
          spot,
          check,
          `${label(path)} must have at least ${min === 1 ? 'one item' : `${min} items`}.`,
        )
      if (node.items.length > max)
        return invalid(
          spot,
          check,
          `${label(path)} has ${node.items.length} items; ${max} are allowed.`,
        )
      const values: T[] = []
      const seen = new Set<unknown>()
      let sound = true
      node.items.forEach((child, at) => {
        // Sound: items of a parsed list are nodes; aliases among them are refused by every shape.
        const inner: Spot = { node: child as Node, key, path: [...path, at] }
        const value = item.read(inner, check)
        if (value === undefined) sound = false
        else values.push(value)
        if (typeof value !== 'string') return
        if (seen.has(value)) {
          const message = `${label(inner.path)} repeats ${quote(value)}.`
          check.report({
            code: 'GH_CONFIG_VALUE_DUPLICATE',
            at: inner.node,
            path: inner.path,
            message,
          })
        }
        seen.add(value)
      })
      return sound ? values : undefined
    },
    schema: (words) => ({
      type: 'array',
      items: item.schema(words),
      uniqueItems: true,
      maxItems: max,
      ...(min === 0 ? {} : { minItems: min }),
    }),
  }
}

/** One text, or a list of texts. */
export function oneOrMore(item: Shape<string>): Shape<readonly string[]> {
  const many = list(item, 1)
  return {
    read: (spot, check) => {
      if (isSeq(spot.node)) return many.read(spot, check)
      const one = item.read(spot, check)
      return one === undefined ? undefined : [one]
    },
    schema: (words) => ({ anyOf: [item.schema(words), many.schema(words)] }),
  }
}

/** A map whose keys are names; `name` says whether a key is one, and is described by `pattern`. The result has no prototype. */
export function named<T>(
  what: string,
  pattern: RegExp,
  value: Shape<T>,
): Shape<Readonly<Record<string, T>>> {
  return {
    read: (spot, check) => {
      const { node, path } = spot
      if (!isMap(node)) return wrongKind(spot, check, `a map whose keys are ${what}`)
      if (node.items.length > LIMITS.items)
        return invalid(
          spot,
          check,
          `${label(path)} has ${node.items.length} entries; ${LIMITS.items} are allowed.`,
        )
      const values: Record<string, T> = Object.create(null)
      let sound = true
      for (const entry of entriesOf(node)) {
        if (check.secrets.has(entry.keyNode)) continue
        const inner = { node: entry.value, key: entry.keyNode, path: [...path, entry.key] }
        const read = value.read(inner, check)
        if (!pattern.test(entry.key)) {
          const message = `${quote(entry.key)} in ${label(path)} must be ${what}.`
          check.report({
            code: 'GH_CONFIG_VALUE_INVALID',
            at: entry.keyNode,
            path: inner.path,
            message,
          })
        } else if (read !== undefined) values[entry.key] = read
        if (read === undefined) sound = false
      }
      return sound ? values : undefined
    },
    schema: (words) => ({
      type: 'object',
      maxProperties: LIMITS.items,
      propertyNames: { pattern: pattern.source },
      additionalProperties: value.schema(words),
    }),
  }
}
