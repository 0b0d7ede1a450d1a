/** Reads the keywords of one schema object. The first keyword that is not what OpenAPI 3.0 allows is kept as the fault. */
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/index.ts'
import { compareDecimals, type Decimal, readDecimal } from './decimal.ts'

export interface Fault {
  /** Below the schema: `pattern`, `properties`; `''` for the schema itself. */
  readonly keyword: string
  readonly reason: string
}

export interface Keywords {
  has(name: string): boolean
  raw(name: string): JsonValue | undefined
  /** A length or a number of things: a whole number from 0. */
  count(name: string): number | undefined
  flag(name: string): true | undefined
  /** A number as decimal text. */
  decimal(name: string): string | undefined
  text(name: string): string | undefined
  list(name: string): readonly JsonValue[] | undefined
  names(name: string): readonly string[] | undefined
  object(name: string): JsonObject | undefined
  /** The lower bound must not be above the upper one. */
  ordered(lower: string, upper: string): void
  fail(keyword: string, reason: string): void
  fault(): Fault | undefined
  /** The keywords of a part, with the same fault. */
  part(schema: JsonObject): Keywords
}

export function readKeywords(schema: JsonObject): Keywords {
  let first: Fault | undefined
  return keywordsOf(
    schema,
    (keyword, reason) => {
      first ??= { keyword, reason }
    },
    () => first,
  )
}

function keywordsOf(
  schema: JsonObject,
  fail: Keywords['fail'],
  fault: Keywords['fault'],
): Keywords {
  const get = (name: string): JsonValue | undefined =>
    Object.hasOwn(schema, name) ? schema[name] : undefined
  /** The keyword's value if it has the right form; absent is fine, anything else a fault. */
  function read<T extends JsonValue>(
    name: string,
    right: (value: JsonValue) => value is T,
    what: string,
  ): T | undefined {
    const value = get(name)
    if (value === undefined) return undefined
    if (right(value)) return value
    fail(name, `${name} must be ${what}`)
    return undefined
  }
  const number = (name: string): number | undefined => read(name, isNumber, 'a number')
  const bound = (name: string): Decimal | undefined => {
    const value = get(name)
    return typeof value === 'number' ? readDecimal(String(value)) : undefined
  }
  return {
    has: (name) => get(name) !== undefined,
    raw: get,
    count: (name) => read(name, isCount, 'a whole number from 0'),
    flag: (name) => (read(name, isBoolean, 'true or false') === true ? true : undefined),
    decimal(name) {
      const value = number(name)
      return value === undefined ? undefined : String(value)
    },
    text: (name) => read(name, isText, 'a text'),
    list: (name) => read(name, isList, 'a list of at least one entry'),
    names: (name) => read(name, isNames, 'a list of names'),
    object: (name) => read(name, isJsonObject, 'an object'),
    ordered(lower, upper) {
      const low = bound(lower)
      const high = bound(upper)
      if (low !== undefined && high !== undefined && compareDecimals(low, high) > 0)
        fail(lower, `${lower} is above ${upper}: nothing could pass`)
    },
    fail,
    fault,
    part: (inner) => keywordsOf(inner, fail, fault),
  }
}

function isText(value: JsonValue): value is string {
  return typeof value === 'string'
}
function isBoolean(value: JsonValue): value is boolean {
  return typeof value === 'boolean'
}
function isNumber(value: JsonValue): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
function isCount(value: JsonValue): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value) && value.length > 0
}
function isNames(value: JsonValue): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string')
}
