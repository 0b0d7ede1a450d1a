/** The nodes that hold no other nodes: strings, numbers, booleans and enumerations. */
import { canonicalJson, type JsonValue } from '../lib/index.ts'
import type { Compiler } from './compile.ts'
import { compareDecimals, readDecimal } from './decimal.ts'
import type { Keywords } from './keywords.ts'
import { type SplitPattern, splitLookaheads } from './lookahead.ts'
import type { NumberNode, SchemaNode, StringNode } from './program.ts'
import type { LinearRegex } from './regex.ts'

export function stringNode(words: Keywords, pointer: string, compiler: Compiler): SchemaNode {
  const minLength = words.count('minLength')
  const maxLength = words.count('maxLength')
  const written = words.text('pattern')
  const format = words.text('format')
  words.ordered('minLength', 'maxLength')
  const patterns = written === undefined ? undefined : runnable(written, words, compiler.regex)
  const pattern = patterns?.must[0]
  const values = enumOf(words, (value) => (typeof value === 'string' ? value : undefined))
  const node: StringNode = {
    kind: 'string',
    ...nullable(words),
    ...(minLength !== undefined && { minLength }),
    ...(maxLength !== undefined && { maxLength }),
    ...(pattern !== undefined && { pattern }),
    ...(format !== undefined && { format }),
    ...(values !== undefined && { enum: values }),
  }
  const further = [
    ...(patterns?.must.slice(1) ?? []).map((text) => plain(text)),
    ...(patterns?.mustNot ?? []).map((text) => {
      return { kind: 'not', of: compiler.add(plain(text), pointer) } as const
    }),
  ]
  if (further.length === 0) return node
  const of = [node, ...further].map((part) => compiler.add(part, pointer))
  return { kind: 'all', of, ...nullable(words) }
}

/** A fault if the pattern cannot be run in linear time as it stands: a name of members has no second pattern beside it. */
export function judgePattern(
  pattern: string,
  words: Keywords,
  keyword: string,
  regex: LinearRegex,
): void {
  const refused = refusal(pattern, regex)
  if (refused !== undefined) words.fail(keyword, refused)
}

function plain(pattern: string): StringNode {
  return { kind: 'string', pattern }
}

/** The pattern in a form that runs in linear time; a fault if there is none. */
function runnable(pattern: string, words: Keywords, regex: LinearRegex): SplitPattern | undefined {
  const refused = refusal(pattern, regex)
  if (refused === undefined) return { must: [pattern], mustNot: [] }
  const split = splitLookaheads(pattern)
  const parts = split === undefined ? [] : [...split.must, ...split.mustNot]
  if (split !== undefined && parts.every((part) => refusal(part, regex) === undefined)) return split
  words.fail('pattern', refused)
  return undefined
}

/** Why a pattern cannot be run, if so. A port that throws has refused. */
function refusal(pattern: string, regex: LinearRegex): string | undefined {
  try {
    const compiled = regex.compile(pattern)
    return 'refused' in compiled
      ? `pattern cannot be run in linear time: ${compiled.refused}`
      : undefined
  } catch {
    return 'pattern cannot be compiled'
  }
}

export function numberNode(words: Keywords, kind: 'number' | 'integer'): NumberNode {
  const minimum = words.decimal('minimum')
  const maximum = words.decimal('maximum')
  // OpenAPI 3.0 takes these two from JSON Schema draft 5, where they are true or false beside the bound.
  const exclusiveMinimum = words.flag('exclusiveMinimum')
  const exclusiveMaximum = words.flag('exclusiveMaximum')
  const multipleOf = words.decimal('multipleOf')
  const format = words.text('format')
  words.ordered('minimum', 'maximum')
  if ((exclusiveMinimum ?? exclusiveMaximum) && minimum !== undefined && minimum === maximum)
    words.fail('minimum', 'minimum equals an exclusive maximum: nothing could pass')
  if (multipleOf !== undefined && !isPositive(multipleOf))
    words.fail('multipleOf', 'multipleOf must be above 0')
  const values = enumOf(words, (value) => (typeof value === 'number' ? String(value) : undefined))
  return {
    kind,
    ...nullable(words),
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(exclusiveMinimum && { exclusiveMinimum }),
    ...(exclusiveMaximum && { exclusiveMaximum }),
    ...(multipleOf !== undefined && { multipleOf }),
    ...(format !== undefined && { format }),
    ...(values !== undefined && { enum: values }),
  }
}

export function booleanNode(words: Keywords): SchemaNode {
  const values = enumOf(words, (value) => (typeof value === 'boolean' ? String(value) : undefined))
  return values === undefined
    ? { kind: 'boolean', ...nullable(words) }
    : { kind: 'enum', values, ...nullable(words) }
}

/** An enumeration without a type: each value as canonical JSON text. */
export function enumNode(words: Keywords): SchemaNode {
  const list = words.list('enum') ?? []
  if (list.length > 0 && list.every((value) => typeof value === 'string'))
    return { kind: 'string', enum: list }
  const values = list.filter((value) => value !== null).map(canonicalJson)
  return { kind: 'enum', values, ...(list.includes(null) && { nullable: true }) }
}

/**
 * The members of `enum` that the type can take at all. Others can never match and are left out; if none is left, nothing could
 * pass and the schema is at fault.
 */
function enumOf(words: Keywords, text: (value: JsonValue) => string | undefined) {
  const list = words.list('enum')
  if (list === undefined) return undefined
  const values = list.map(text).filter((value) => value !== undefined)
  if (values.length === 0 && !list.includes(null))
    words.fail('enum', 'enum holds no value of the declared type: nothing could pass')
  return values
}

/**
 * `nullable` adds null to the type, not to an `enum` beside it: there null must be listed (OpenAPI 3.0.3, and its clarification
 * of 2019-10-31).
 */
export function nullable(words: Keywords): { readonly nullable?: true } {
  if (words.flag('nullable') === undefined) return {}
  const list = words.list('enum')
  return list === undefined || list.includes(null) ? { nullable: true } : {}
}

function isPositive(text: string): boolean {
  const value = readDecimal(text)
  return (
    value !== undefined && compareDecimals(value, { negative: false, digits: '', scale: 0 }) > 0
  )
}
