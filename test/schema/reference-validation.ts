/**
 * Validation a second time, slowly and from the schemas themselves: JSON Schema 2020-12 (with `$ref` to `#/start` only) and the
 * `nullable` of OpenAPI 3.0. Judged against Ajv in `ajv-agreement.test.ts`, and the oracle of what a branch is where projection
 * chooses one.
 */
import { kindOf, type Schema, type Value, write } from './reference-value.ts'

export interface Rules {
  readonly root: Schema
  readonly dialect: 'openapi-3.0' | '2020-12'
  /** As projection asks: what a schema does not declare, or is written and never read, is gone already. */
  readonly stripped: boolean
}

type Any = Schema | boolean

export function holds(rules: Rules, schema: Any, value: Value): boolean {
  if (typeof schema === 'boolean') return schema
  return keywords(rules, schema, value)
}

function list(schema: Schema, keyword: string): readonly Any[] {
  return (schema[keyword] ?? []) as readonly Any[] // sound: our own generator
}
function map(schema: Schema, keyword: string): ReadonlyMap<string, Any> {
  return new Map(Object.entries((schema[keyword] ?? {}) as Record<string, Any>)) // sound: our own generator
}
function schemaAt(schema: Schema, keyword: string): Any | undefined {
  return schema[keyword] as Any | undefined // sound: our own generator
}
const members = (value: Value): readonly (readonly [string, Value])[] | undefined =>
  value !== null && typeof value === 'object' && 'members' in value ? value.members : undefined
const items = (value: Value): readonly Value[] | undefined =>
  value !== null && typeof value === 'object' && 'items' in value ? value.items : undefined

/** Equal as JSON values: for the constants that are generated, equal texts once members are sorted. */
export function plain(value: Value): string {
  const sorted = (one: Value): Value => {
    const [all, inner] = [members(one), items(one)]
    if (all !== undefined)
      return {
        members: [...all]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, member]) => [name, sorted(member)]),
      }
    return inner === undefined ? one : { items: inner.map(sorted) }
  }
  return write(sorted(value))
}

function keywords(rules: Rules, schema: Schema, value: Value): boolean {
  const has = (keyword: string): boolean => Object.hasOwn(schema, keyword)
  const all = (of: readonly Any[]): boolean => of.every((part) => holds(rules, part, value))
  if (has('$ref')) {
    if (rules.dialect === 'openapi-3.0') return holds(rules, rules.root, value)
    if (!holds(rules, rules.root, value)) return false
  }
  if (!typeHolds(rules, schema, value)) return false
  if (has('const') && plain(fromPlain(schema['const'])) !== plain(value)) return false
  if (has('enum') && !list(schema, 'enum').some((one) => plain(fromPlain(one)) === plain(value)))
    return false
  if (!all(list(schema, 'allOf'))) return false
  const passing = (keyword: string): number =>
    list(schema, keyword).filter((part) => holds(rules, part, value)).length
  if (has('anyOf') && passing('anyOf') === 0) return false
  if (has('oneOf') && passing('oneOf') !== 1) return false
  const not = schemaAt(schema, 'not')
  if (not !== undefined && holds(rules, not, value)) return false
  const condition = schemaAt(schema, 'if')
  if (condition !== undefined) {
    const next = schemaAt(schema, holds(rules, condition, value) ? 'then' : 'else')
    if (next !== undefined && !holds(rules, next, value)) return false
  }
  if (typeof value === 'string' && Number(schema['minLength'] ?? 0) > Array.from(value).length)
    return false
  return objectHolds(rules, schema, value) && arrayHolds(rules, schema, value)
}

function typeHolds(rules: Rules, schema: Schema, value: Value): boolean {
  const written = schema['type']
  if (value === null && rules.dialect === 'openapi-3.0' && schema['nullable'] === true) return true
  if (written === undefined) return true
  const types: readonly unknown[] = Array.isArray(written) ? written : [written]
  const kind = kindOf(value)
  if (types.includes(kind)) return true
  if (kind !== 'number' || !types.includes('integer')) return false
  const text = write(value)
  return rules.dialect === 'openapi-3.0' ? !/[.eE]/.test(text) : INTEGRAL.has(text)
}
/** Of the numbers that are generated. */
const INTEGRAL = new Set([
  '0',
  '-0',
  '7',
  '10.00',
  '12345678901234567890',
  '1E400',
  '1e+2',
  '9007199254740993',
])

function objectHolds(rules: Rules, schema: Schema, value: Value): boolean {
  const all = members(value)
  if (all === undefined) return true
  const properties = map(schema, 'properties')
  const hidden = (name: string): boolean => {
    const inner = properties.get(name)
    return typeof inner === 'object' && inner['writeOnly'] === true
  }
  const names = new Set(all.map(([name]) => name))
  for (const name of list(schema, 'required').map(String))
    if (!names.has(name) && !hidden(name)) return false
  for (const [name, needs] of map(schema, 'dependentRequired'))
    for (const needed of names.has(name) ? (needs as unknown as readonly string[]) : [])
      // sound: a list of names
      if (!names.has(needed)) return false
  for (const [name, part] of map(schema, 'dependentSchemas'))
    if (names.has(name) && !holds(rules, part, value)) return false
  const naming = schemaAt(schema, 'propertyNames')
  const judged = judgedHere(schema, value)
  const rest = schemaAt(schema, 'additionalProperties')
  for (const [name, member] of all) {
    if (naming !== undefined && !holds(rules, naming, name)) return false
    const speaking = speakingOf(schema, name)
    if (speaking.length > 0) {
      if (hidden(name)) {
        if (!rules.stripped) return false
      } else if (!speaking.every((part) => holds(rules, part, member))) return false
    } else if (rest === false) {
      if (!rules.stripped) return false
    } else if (rest !== undefined && !holds(rules, rest, member)) return false
  }
  const unevaluated = schemaAt(schema, 'unevaluatedProperties')
  if (unevaluated === undefined || (unevaluated === false && rules.stripped)) return true
  const met = new Set([...judged, ...judgedBelow(rules, schema, value)])
  return all.every(([name, member]) => met.has(name) || holds(rules, unevaluated, member))
}

/** The schemas of `properties` and `patternProperties` that speak of a name. */
export function speakingOf(schema: Schema, name: string): readonly Any[] {
  const own = map(schema, 'properties').get(name)
  return [
    ...(own === undefined ? [] : [own]),
    ...[...map(schema, 'patternProperties')].flatMap(([pattern, part]) =>
      new RegExp(pattern, 'u').test(name) ? [part] : [],
    ),
  ]
}

function judgedHere(schema: Schema, value: Value): readonly string[] {
  const all = (members(value) ?? []).map(([name]) => name)
  return Object.hasOwn(schema, 'additionalProperties')
    ? all
    : all.filter((name) => speakingOf(schema, name).length > 0)
}

/** Names judged by the parts of a schema that hold (2020-12 §11.3). */
function judgedBelow(rules: Rules, schema: Schema, value: Value): readonly string[] {
  const whole = (part: Any | undefined): readonly string[] => {
    if (typeof part !== 'object' || !holds(rules, part, value)) return []
    if (Object.hasOwn(part, 'unevaluatedProperties'))
      return (members(value) ?? []).map(([name]) => name)
    return [...judgedHere(part, value), ...judgedBelow(rules, part, value)]
  }
  const condition = schemaAt(schema, 'if')
  const branch =
    condition === undefined
      ? undefined
      : schemaAt(schema, holds(rules, condition, value) ? 'then' : 'else')
  const names = new Set((members(value) ?? []).map(([name]) => name))
  const parts: readonly (Any | undefined)[] = [
    ...['allOf', 'anyOf', 'oneOf'].flatMap((keyword) => list(schema, keyword)),
    // Without `then` and `else` the condition is not looked at by ours; it judges what it names all the same.
    condition,
    branch,
    ...[...map(schema, 'dependentSchemas')].flatMap(([name, part]) =>
      names.has(name) ? [part] : [],
    ),
    Object.hasOwn(schema, '$ref') ? rules.root : undefined,
  ]
  return parts.flatMap(whole)
}

function arrayHolds(rules: Rules, schema: Schema, value: Value): boolean {
  const all = items(value)
  if (all === undefined) return true
  const prefix = list(schema, 'prefixItems')
  const rest = schemaAt(schema, 'items')
  const fits = all.every((item, index) => {
    const part = prefix[index] ?? rest
    return part === undefined || holds(rules, part, item)
  })
  const contains = schemaAt(schema, 'contains')
  return fits && (contains === undefined || all.some((item) => holds(rules, contains, item)))
}

/** A constant of a schema as a value. */
function fromPlain(constant: unknown): Value {
  if (typeof constant === 'number') return { number: String(constant) }
  if (Array.isArray(constant)) return { items: constant.map(fromPlain) }
  if (typeof constant === 'object' && constant !== null)
    return { members: Object.entries(constant).map(([name, inner]) => [name, fromPlain(inner)]) }
  return constant as Value // sound: what is left is null, a boolean or a text
}
