/**
 * A shape says what a value must be, once: it reads the YAML tree and it describes itself as JSON Schema. The file's definition
 * (`gatehouse-shape.ts`) is made of shapes, so checker, published schema and reference page cannot disagree.
 */
import { isMap, isScalar, isSeq, type Node } from 'yaml'

import type { JsonObject } from '../lib/index.ts'
import { type Check, label, nearestWord, oneOf, quote, type Spot } from './check.ts'
import { LIMITS } from './limits.ts'
import type { Vocabulary } from './vocabulary.ts'

export interface Shape<T> {
  /** The value, or `undefined` after at least one mistake was reported (a secret among them, by the scan before). */
  readonly read: (spot: Spot, check: Check) => T | undefined
  /** JSON Schema, draft 2020-12. It accepts all that `read` accepts. */
  readonly schema: (words: Vocabulary) => JsonObject
}

export function wrongKind(spot: Spot, check: Check, wanted: string, mend?: string): undefined {
  const { node, key, path } = spot
  if (node !== null && check.secrets.has(node)) return undefined
  const empty = node === null || (isScalar(node) && node.value === null)
  const message = empty
    ? `${label(path)} is empty; it must be ${wanted}.`
    : `${label(path)} must be ${wanted}, not ${kindOf(node)}.`
  const at = empty && key !== null ? key : node
  check.report({
    code: 'GH_CONFIG_VALUE_TYPE',
    at,
    path,
    message,
    ...(mend === undefined ? {} : { mend }),
  })
  return undefined
}

export function invalid(spot: Spot, check: Check, message: string, nearest?: string): undefined {
  const { node, path } = spot
  check.report({ code: 'GH_CONFIG_VALUE_INVALID', at: node, path, message, nearest })
  return undefined
}

function kindOf(node: Node): string {
  if (isMap(node)) return 'a map'
  if (isSeq(node)) return 'a list'
  if (!isScalar(node)) return 'an alias'
  if (typeof node.value === 'string') return quote(node.value)
  return typeof node.value === 'boolean' ? `${node.value}` : 'a number'
}

/** The text at a spot; control characters, empty and overlong text are mistakes. */
export function textAt(spot: Spot, check: Check, wanted: string): string | undefined {
  const { node, path } = spot
  if (!isScalar(node) || typeof node.value !== 'string') {
    const mend =
      isScalar(node) && node.value !== null ? 'Put it in quotes to make it text.' : undefined
    return wrongKind(spot, check, wanted, mend)
  }
  if (check.secrets.has(node)) return undefined
  const text = node.value
  if (text.trim() === '')
    return invalid(spot, check, `${label(path)} is empty; it must be ${wanted}.`)
  if (text.length > LIMITS.value)
    return invalid(
      spot,
      check,
      `${label(path)} has ${text.length} characters; ${LIMITS.value} are allowed.`,
    )
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f\u0085\u2028\u2029]/.test(text))
    return invalid(spot, check, `${label(path)} holds a line break or control character.`)
  return text
}

/** Text that `parse` turns into a value, or into the reason why not (a sentence part after the key: `must be …`). */
export function parsedText<T>(
  wanted: string,
  parse: (text: string) => { readonly value: T } | { readonly wrong: string },
  schema: JsonObject = {},
): Shape<T> {
  return {
    read: (spot, check) => {
      const written = textAt(spot, check, wanted)
      if (written === undefined) return undefined
      const result = parse(written)
      if ('value' in result) return result.value
      // A text with @ may be an address with a password, misspelt so that no sign of a secret fits.
      const not = written.includes('@') ? '' : `, not ${quote(written)}`
      return invalid(spot, check, `${label(spot.path)} ${result.wrong}${not}.`)
    },
    schema: () => ({ type: 'string', minLength: 1, maxLength: LIMITS.value, ...schema }),
  }
}

export const text: Shape<string> = parsedText('text', (value) => ({ value }))

/** One of a few words that are known here. */
export function choice<const T extends string>(allowed: readonly T[]): Shape<T> {
  return {
    read: (spot, check) => {
      const written = textAt(spot, check, `one of ${oneOf(allowed)}`)
      if (written === undefined) return undefined
      const found = allowed.find((word) => word === written)
      return found ?? notAmong(spot, check, written, allowed)
    },
    schema: () => ({ enum: [...allowed] }),
  }
}

/** One of the words that another module owns; any text where it owns none. */
export function word(wordsOf: (words: Vocabulary) => readonly string[] | undefined): Shape<string> {
  return {
    read: (spot, check) => {
      const allowed = wordsOf(check.env.vocabulary)
      if (allowed === undefined) return text.read(spot, check)
      const written = textAt(spot, check, `one of ${oneOf(allowed)}`)
      if (written === undefined || allowed.includes(written)) return written
      return notAmong(spot, check, written, allowed)
    },
    schema: (words) => {
      const allowed = wordsOf(words)
      return allowed === undefined ? text.schema(words) : { enum: [...allowed] }
    },
  }
}

function notAmong(
  spot: Spot,
  check: Check,
  written: string,
  allowed: readonly string[],
): undefined {
  const message = `${label(spot.path)} must be one of ${oneOf(allowed)}, not ${quote(written)}.`
  return invalid(spot, check, message, nearestWord(written, allowed))
}

export const yesOrNo: Shape<boolean> = {
  read: (spot, check) =>
    isScalar(spot.node) && typeof spot.node.value === 'boolean'
      ? spot.node.value
      : wrongKind(spot, check, 'true or false'),
  schema: () => ({ type: 'boolean' }),
}

/** A number in a closed range. */
export function numberIn(min: number, max: number, whole: boolean): Shape<number> {
  const wanted = min === max ? `${min}` : `a ${whole ? 'whole ' : ''}number from ${min} to ${max}`
  return {
    read: (spot, check) => {
      const { node, path } = spot
      if (!isScalar(node) || typeof node.value !== 'number') return wrongKind(spot, check, wanted)
      if (check.secrets.has(node)) return undefined
      const value = node.value
      if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value
      return invalid(spot, check, `${label(path)} must be ${wanted}, not ${value}.`)
    },
    schema: () => ({ type: whole ? 'integer' : 'number', minimum: min, maximum: max }),
  }
}
