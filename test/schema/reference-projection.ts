/**
 * Projection a second time, slowly and from the specification's own schemas instead of compiled ones: the oracle of the property
 * tests. Works on values whose numbers are texts.
 */
import type { FieldPath, RowFacts, Selection } from '../../src/schema/index.ts'

/** A JSON value; a number is `{ number: text }`, an object a list of members in their order. */
export type Value =
  | null
  | boolean
  | string
  | { readonly number: string }
  | { readonly items: readonly Value[] }
  | { readonly members: readonly (readonly [string, Value])[] }

export interface Schema {
  readonly [keyword: string]: unknown
}

/** A string as JSON text. Lone surrogates stand as they are: `JSON.stringify` would escape them, others do not. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/\\\\|\\u(d[89a-f][0-9a-f]{2})/g, (all, code) =>
    code === undefined ? all : String.fromCharCode(Number.parseInt(code, 16)),
  )
}

export function write(value: Value): string {
  if (typeof value === 'string') return quoted(value)
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if ('number' in value) return value.number
  if ('items' in value) return `[${value.items.map(write).join()}]`
  return `{${value.members.map(([name, inner]) => `${quoted(name)}:${write(inner)}`).join()}}`
}

export function kindOf(value: Value): string {
  if (value === null) return 'null'
  if (typeof value !== 'object') return typeof value
  return 'number' in value ? 'number' : 'items' in value ? 'array' : 'object'
}

const GONE: unique symbol = Symbol('gone')
class Foreign extends Error {}

export type Outcome =
  | { readonly text: string; readonly fields: number; readonly rows: number }
  | 'type'
  | 'foreign-object'

export function projectSlowly(
  root: Schema,
  value: Value,
  selection: Selection,
  facts: RowFacts,
): Outcome {
  let fields = 0
  let rows = 0

  /** The schemas that describe a value, references and compositions seen through. `{}` beside others in `allOf` says nothing. */
  function leaves(schemas: readonly Schema[]): Schema[] {
    return schemas.flatMap((schema) => {
      if ('$ref' in schema) return leaves([root])
      for (const keyword of ['allOf', 'oneOf', 'anyOf'])
        if (keyword in schema) return leaves(schema[keyword] as Schema[]) // sound: our own generator
      return [schema]
    })
  }

  type What = readonly Schema[] | 'free' | 'lost'

  function allows(what: What, value_: Value): boolean {
    if (typeof what === 'string') return what === 'free'
    return what.some((schema): boolean => {
      if ('$ref' in schema) return allows([root], value_)
      const parts = (keyword: string) => (schema[keyword] ?? []) as Schema[] // sound: our own generator
      if ('allOf' in schema) return parts('allOf').every((part) => allows([part], value_))
      if ('oneOf' in schema || 'anyOf' in schema)
        return [...parts('oneOf'), ...parts('anyOf')].some((part) => allows([part], value_))
      return (
        schema['type'] === undefined ||
        (schema['nullable'] === true && value_ === null) ||
        schema['type'] === kindOf(value_) ||
        (schema['type'] === 'integer' && kindOf(value_) === 'number')
      )
    })
  }

  function memberOf(what: What, name: string): What {
    if (typeof what === 'string') return what
    const all = leaves(what)
    const objects = all.filter((schema) => schema['type'] === 'object')
    const declared: Schema[] = []
    for (const object of objects) {
      const properties = new Map(
        Object.entries((object['properties'] ?? {}) as Record<string, Schema>),
      )
      const schema = properties.get(name)
      if (schema === undefined) continue
      if (leaves([schema]).length === 1 && schema['writeOnly'] === true) return 'lost'
      declared.push(schema)
    }
    if (declared.length > 0) return declared
    const maps = objects
      .map((object) => object['additionalProperties'] as Schema | boolean | undefined)
      .filter((map) => typeof map === 'object')
    if (maps.length > 0) return maps
    const free =
      all.some((schema) => schema['type'] === undefined) ||
      objects.some((object) => object['additionalProperties'] === true)
    return free && selection.freeForm === 'keep' ? 'free' : 'lost'
  }

  function itemsOf(what: What): What {
    if (typeof what === 'string') return what
    const all = leaves(what)
    return [
      ...all
        .filter((schema) => schema['type'] === 'array')
        .map((schema) => schema['items'] as Schema),
      ...all.filter((schema) => schema['type'] === undefined),
    ]
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
      const items = value_.items.map((item) => walk(item, itemsOf(inner), [...path, '*']))
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
        const left = walk(member, memberOf(inner, name), [...path, name === '*' ? '**' : name])
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
