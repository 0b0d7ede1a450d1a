/**
 * Projection a second time, slowly and from the specification's own schemas instead of compiled ones: the oracle of the property
 * tests. Works on values whose numbers are texts.
 */
import type { FieldPath, RowFacts, Selection } from '../../src/schema/index.ts'
import { holds, type Rules, speakingOf } from './reference-validation.ts'
import { kindOf, type Schema, type Value, write } from './reference-value.ts'

const GONE: unique symbol = Symbol('gone')
class Foreign extends Error {}

type Say = 'yes' | 'no' | 'weak-yes' | 'weak-no'

function every(said: readonly (Say | undefined)[]): Say | undefined {
  const all = said.filter((one) => one !== undefined)
  const strong = all.filter((one) => !one.startsWith('weak'))
  if (strong.length > 0) return strong.includes('no') ? 'no' : 'yes'
  return all.length === 0 ? undefined : all.includes('weak-yes') ? 'weak-yes' : 'weak-no'
}
function some(said: readonly (Say | undefined)[]): Say | undefined {
  const all = said.filter((one) => one !== undefined)
  if (all.length === 0) return undefined
  const yes = all.some((one) => one.endsWith('yes'))
  const weak = all.every((one) => one.startsWith('weak'))
  return weak ? (yes ? 'weak-yes' : 'weak-no') : yes ? 'yes' : 'no'
}

/** What speaks of objects, arrays and texts where no type is told. */
const SPEAKING: readonly (readonly string[])[] = [
  [
    'properties',
    'patternProperties',
    'additionalProperties',
    'propertyNames',
    'required',
    'dependentRequired',
  ],
  ['prefixItems', 'items', 'contains'],
  ['minLength'],
]
const OWN: readonly string[] = ['type', 'unevaluatedProperties', ...SPEAKING.flat()]

/** A type and nothing about members: the other way to write a free-form object. */
function isBare(schema: Schema): boolean {
  const saying =
    'properties patternProperties additionalProperties required allOf oneOf anyOf not if dependentSchemas unevaluatedProperties'
  return 'type' in schema && !saying.split(' ').some((keyword) => keyword in schema)
}
function isEmpty(schema: Schema): boolean {
  return Object.keys(schema).every((key) => key === 'writeOnly')
}
function kindOfPlain(constant: unknown): string {
  return constant === null ? 'null' : Array.isArray(constant) ? 'array' : typeof constant
}

export type Outcome =
  | { readonly text: string; readonly fields: number; readonly rows: number }
  | 'type'
  | 'foreign-object'

export function projectSlowly(
  root: Schema,
  value: Value,
  selection: Selection,
  facts: RowFacts,
  dialect: Rules['dialect'] = 'openapi-3.0',
): Outcome {
  let fields = 0
  let rows = 0

  const rules: Rules = { root, dialect, stripped: true }
  const container = (value_: Value): boolean =>
    value_ !== null && typeof value_ === 'object' && !('number' in value_)
  const parts = (schema: Schema, keyword: string) => (schema[keyword] ?? []) as Schema[] // sound: our own generator

  /** The branches of a schema that apply: where a value holds others, those that hold for it. */
  function branches(schema: Schema, value_: Value): Schema[] {
    const all = [...parts(schema, 'oneOf'), ...parts(schema, 'anyOf')]
    return container(value_) ? all.filter((part) => holds(rules, part, value_)) : all
  }
  function conditional(schema: Schema, value_: Value): Schema[] {
    const dependent = Object.entries((schema['dependentSchemas'] ?? {}) as Record<string, Schema>)
    const present =
      value_ !== null && typeof value_ === 'object' && 'members' in value_
        ? dependent.filter(([name]) => value_.members.some(([key]) => key === name))
        : []
    const all = present.map(([, part]) => part)
    if (!('if' in schema) || !('then' in schema || 'else' in schema)) return all
    const condition = schema['if'] as Schema // sound: our own generator
    const next = holds(rules, condition, value_) ? [condition, schema['then']] : [schema['else']]
    return [...all, ...next.filter((part) => part !== undefined)] as Schema[] // sound: as above
  }

  /** The schemas that describe a value, references and compositions seen through. `{}` beside others in `allOf` says nothing. */
  function leaves(schemas: readonly Schema[], value_: Value): Schema[] {
    return schemas.flatMap((schema) => {
      const below = [
        ...('$ref' in schema ? [root] : []),
        ...parts(schema, 'allOf'),
        ...branches(schema, value_),
        ...conditional(schema, value_),
      ]
      const own = isEmpty(schema) || OWN.some((keyword) => keyword in schema) ? [schema] : []
      return [...own, ...leaves(below, value_)]
    })
  }

  type What = readonly Schema[] | 'free' | 'lost'

  /** What a schema says of a value's kind: declared or not, or only by keywords without a type. Nothing: it has no say. */
  function says(schema: Schema, value_: Value): Say | undefined {
    const own: (Say | undefined)[] = []
    if (isEmpty(schema)) return 'yes'
    if ('$ref' in schema) own.push(says(root, value_))
    const { type } = schema
    const types: readonly unknown[] = Array.isArray(type) ? type : [type]
    const kind = kindOf(value_)
    const nullable = dialect === 'openapi-3.0' && schema['nullable'] === true && value_ === null
    if (type !== undefined)
      own.push(
        nullable || types.includes(kind) || (kind === 'number' && types.includes('integer'))
          ? 'yes'
          : 'no',
      )
    else {
      const spoken = ['object', 'array', 'string'].filter((_, index) =>
        SPEAKING[index]?.some((word) => word in schema),
      )
      if (spoken.length > 0) own.push(spoken.includes(kind) ? 'weak-yes' : 'weak-no')
    }
    if ('const' in schema || 'enum' in schema) {
      const constants = 'const' in schema ? [schema['const']] : (schema['enum'] as unknown[]) // sound: as above
      own.push(
        constants.some((one) => kindOfPlain(one) === kind) && !container(value_) ? 'yes' : 'no',
      )
    }
    if ('allOf' in schema) own.push(every(parts(schema, 'allOf').map((part) => says(part, value_))))
    for (const keyword of ['oneOf', 'anyOf'])
      if (keyword in schema)
        own.push(
          some(branches({ [keyword]: schema[keyword] }, value_).map((part) => says(part, value_))),
        )
    if (schema['unevaluatedProperties'] !== undefined && own.length === 0) return 'weak-yes'
    return every(own)
  }

  function allows(what: What, value_: Value): boolean {
    if (typeof what === 'string') return what === 'free'
    return what.some((schema) => ['yes', 'weak-yes'].includes(says(schema, value_) ?? 'no'))
  }

  function memberOf(what: What, value_: Value, name: string): What {
    if (typeof what === 'string') return what
    const all = leaves(what, value_)
    const objects = all.filter(
      (schema) =>
        schema['type'] === 'object' ||
        (Array.isArray(schema['type']) && schema['type'].includes('object')) ||
        (schema['type'] === undefined && !isEmpty(schema)),
    )
    const declared: Schema[] = []
    for (const object of objects) {
      const speaking = speakingOf(object, name)
      const properties = new Map(
        Object.entries((object['properties'] ?? {}) as Record<string, Schema>),
      )
      if (properties.get(name)?.['writeOnly'] === true) return 'lost'
      declared.push(...(speaking as readonly Schema[])) // sound: no boolean schemas here are generated
    }
    if (declared.length > 0) return declared
    const maps = objects
      .flatMap(
        (object) =>
          [object['additionalProperties'], object['unevaluatedProperties']] as (
            | Schema
            | boolean
            | undefined
          )[],
      )
      .filter((map) => typeof map === 'object')
    if (maps.length > 0) return maps
    const free =
      all.some(isEmpty) ||
      objects.some((object) => object['additionalProperties'] === true || isBare(object))
    return free && selection.freeForm === 'keep' ? 'free' : 'lost'
  }

  function itemsOf(what: What, value_: Value, index: number): What {
    if (typeof what === 'string') return what
    const all = leaves(what, value_)
    return all.flatMap((schema): Schema[] => {
      if (isEmpty(schema)) return [schema]
      const { type } = schema
      const isArray =
        type === 'array' ||
        (Array.isArray(type) && type.includes('array')) ||
        (type === undefined && ['items', 'prefixItems', 'contains'].some((word) => word in schema))
      return isArray
        ? [parts(schema, 'prefixItems')[index] ?? ((schema['items'] ?? {}) as Schema)]
        : [] // sound: as above
    })
  }

  const same = (a: FieldPath, b: FieldPath): boolean => JSON.stringify(a) === JSON.stringify(b)

  function found(value_: Value, field: FieldPath): Value[] {
    const [head, ...rest] = field
    if (head === undefined) return [value_]
    if (value_ === null || typeof value_ !== 'object') return []
    if ('items' in value_)
      return head === '*' ? value_.items.flatMap((item) => found(item, rest)) : []
    if ('members' in value_ && head !== '*')
      return value_.members.flatMap(([name, inner]) => (name === head ? found(inner, rest) : []))
    return []
  }

  function passes(row: Value, index: number): boolean {
    const rule = selection.rows[index]
    if (rule === undefined || rule.test.kind !== 'in') throw new Error('not generated')
    const set = facts.sets[rule.test.set] ?? new Set()
    const values = found(row, rule.field)
    return (
      values.length > 0 &&
      values.every((value_) => {
        if (typeof value_ === 'string') return set.has(value_)
        if (typeof value_ === 'boolean') return set.has(String(value_))
        return value_ !== null && 'number' in value_ && set.has(value_.number)
      })
    )
  }

  function walk(value_: Value, asked: What, path: FieldPath): Value | typeof GONE {
    const dropped = selection.drop.some((drop) => same(drop, path))
    const what: What = dropped ? 'lost' : asked
    const leaving = allows(what, value_)
    const inner: What = leaving ? what : 'lost'
    const before = { fields, rows }
    let result: Value | typeof GONE = value_
    if (value_ !== null && typeof value_ === 'object' && 'items' in value_) {
      const ruled = selection.rows.some((rule) => same(rule.at, [...path, '*']))
      const items = value_.items.map((item, index) =>
        walk(item, itemsOf(inner, value_, index), [...path, '*']),
      )
      const kept = items.filter((item) => item !== GONE)
      if (inner !== 'lost') {
        if (ruled) rows += items.length - kept.length
        else fields += items.length - kept.length
      }
      result = { items: kept }
    } else if (value_ !== null && typeof value_ === 'object' && 'members' in value_) {
      const members: [string, Value][] = []
      for (const [name, member] of value_.members) {
        // A segment `*` of a path never names a member.
        const left = walk(member, memberOf(inner, value_, name), [
          ...path,
          name === '*' ? '**' : name,
        ])
        if (left !== GONE) members.push([name, left])
        else if (inner !== 'lost') fields++
      }
      result = { members }
    }
    let refused = false
    selection.rows.forEach((rule, index) => {
      if (!same(rule.at, path) || passes(value_, index)) return
      if (path.at(-1) !== '*') throw new Foreign()
      refused = true
    })
    if (refused) ({ fields, rows } = before)
    return leaving && !refused ? result : GONE
  }

  try {
    const result = walk(value, [root], [])
    return result === GONE ? 'type' : { text: write(result), fields, rows }
  } catch (error) {
    if (error instanceof Foreign) return 'foreign-object'
    throw error
  }
}
