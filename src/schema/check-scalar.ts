import { type Broken, broken, type Check } from './violation.ts'
import { compareDecimals, decimalKey, isMultipleOf, readDecimal } from './decimal.ts'
import { numberFormat, stringFormat } from './formats.ts'
import type { NumberNode, StringNode } from './program.ts'
import type { LinearPattern, LinearRegex } from './regex.ts'

export function checkString(node: StringNode, regex: LinearRegex): Check {
  const { minLength = 0, maxLength = Infinity } = node
  const listed = node.enum === undefined ? undefined : new Set(node.enum)
  const format = stringFormat(node.format ?? '')
  const pattern = patternOf(node, regex)
  if (pattern === 'refused') return broken('unsound')
  const fault = (value: string): Broken | undefined => {
    const length = lengthOf(value)
    if (length < minLength) return 'minLength'
    if (length > maxLength) return 'maxLength'
    if (listed !== undefined && !listed.has(value)) return 'enum'
    if (format !== undefined && !format(value)) return 'format'
    if (pattern !== undefined && !pattern.test(value)) return 'pattern'
    return undefined
  }
  return (tree) => {
    const reason = tree.kind === 'string' ? fault(tree.value) : 'type'
    return reason === undefined ? undefined : { at: '', reason }
  }
}

/** A plan may have been compiled elsewhere: what this engine refuses is not checked, so nothing passes. */
function patternOf(node: StringNode, regex: LinearRegex): LinearPattern | 'refused' | undefined {
  if (node.pattern === undefined) return undefined
  const compiled = regex.compile(node.pattern)
  return 'refused' in compiled ? 'refused' : compiled
}

/** Characters, not UTF-16 units (JSON Schema Validation, `maxLength`): a surrogate pair is one, a lone surrogate too. */
function lengthOf(value: string): number {
  let length = value.length
  for (let i = 0; i + 1 < value.length; i++) {
    const high = value.charCodeAt(i)
    if (high < 0xd800 || high > 0xdbff) continue
    const low = value.charCodeAt(i + 1)
    if (low < 0xdc00 || low > 0xdfff) continue
    length--
    i++
  }
  return length
}

export function checkNumber(node: NumberNode): Check {
  const bound = (text: string | undefined) => (text === undefined ? undefined : readDecimal(text))
  const minimum = bound(node.minimum)
  const maximum = bound(node.maximum)
  const step = bound(node.multipleOf)
  const one = bound('1')
  const format = numberFormat(node.format ?? '')
  const listed = node.enum === undefined ? undefined : new Set(node.enum.map(keyOf))
  const lowest = node.exclusiveMinimum ? 1 : 0
  const highest = node.exclusiveMaximum ? -1 : 0
  const fault = (text: string): Broken | undefined => {
    // OpenAPI 3.0.3, Data Types: an integer is a number without a fraction or exponent part.
    if (node.kind === 'integer' && node.byValue === undefined && /[.eE]/.test(text)) return 'type'
    const value = readDecimal(text)
    if (value === undefined) return 'type'
    if (node.byValue && one !== undefined && !isMultipleOf(value, one)) return 'type'
    if (minimum !== undefined && compareDecimals(value, minimum) < lowest) return 'minimum'
    if (maximum !== undefined && compareDecimals(value, maximum) > highest) return 'maximum'
    if (listed !== undefined && !listed.has(decimalKey(value))) return 'enum'
    if (format !== undefined && !format(value)) return 'format'
    if (step !== undefined && !isMultipleOf(value, step)) return 'multipleOf'
    return undefined
  }
  return (tree) => {
    const reason = tree.kind === 'number' ? fault(tree.text) : 'type'
    return reason === undefined ? undefined : { at: '', reason }
  }
}

function keyOf(text: string): string {
  const value = readDecimal(text)
  return value === undefined ? text : decimalKey(value)
}
