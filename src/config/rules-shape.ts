/** Rules by name, as each level states them: mandate, class, API, operation. */
import { isMap } from 'yaml'

import type { JsonObject } from '../lib/index.ts'
import { APPROVAL_SCHEMA, type ApprovalRead, approvalRead } from './approval-shape.ts'
import { type Check, label, nearestWord, oneOf, type Path, quote, type Spot } from './check.ts'
import { LIMITS } from './limits.ts'
import { plainValue } from './plain-value.ts'
import { choice, invalid, numberIn, type Shape, wrongKind } from './shape.ts'
import { unknownKey } from './shape-collections.ts'
import type { RuleWord } from './vocabulary.ts'
import { type Entry, entriesOf, offsetOf } from './yaml-structure.ts'

/** A `RuleOverride` before its offset became a place. */
export interface RuleRead {
  readonly rule: string
  readonly mode: 'off' | 'observe' | 'enforce' | null
  readonly fraction: number | null
  readonly params: Readonly<Record<string, unknown>>
  readonly bounds: BoundsRead | null
  readonly approval: ApprovalRead | null
  readonly offset: number
}

export interface BoundsRead {
  readonly mode: 'off' | 'observe' | 'enforce' | null
  readonly params: Readonly<Record<string, unknown>>
}

const MODES = ['off', 'observe', 'enforce'] as const
const mode = choice(MODES)
const fraction = numberIn(0, 100, false)

export type RuleLevel = 'mandate' | 'class' | 'api' | 'operation'

/**
 * Keys beside a rule's parameters. A mandate takes neither another mode than `enforce` nor a fraction: it holds for every request, and
 * a key that has no effect would say otherwise. Below an operation there is nothing to bound.
 */
const KEYS: Readonly<Record<RuleLevel, readonly string[]>> = {
  mandate: ['mode', 'bounds'],
  class: ['mode', 'fraction', 'bounds', 'approval'],
  api: ['mode', 'fraction', 'bounds', 'approval'],
  operation: ['mode', 'fraction', 'approval'],
}

export function rules(level: RuleLevel): Shape<readonly RuleRead[]> {
  return {
    read: (spot, check) => {
      const { node, path } = spot
      if (!isMap(node)) return wrongKind(spot, check, 'a map of rules by name')
      if (node.items.length > LIMITS.items)
        return invalid(
          spot,
          check,
          `${label(path)} has ${node.items.length} entries; ${LIMITS.items} are allowed.`,
        )
      const read: RuleRead[] = []
      for (const entry of entriesOf(node)) {
        const rule = readRule(entry, [...path, entry.key], check, level)
        if (rule !== undefined) read.push(rule)
      }
      return read
    },
    schema: () => ({ $ref: `#/$defs/rules.${level}` }),
  }
}

/** `undefined` only after a report; a rule with a bad part is given back without it, since no configuration comes out then. */
function readRule(entry: Entry, path: Path, check: Check, level: RuleLevel): RuleRead | undefined {
  if (check.secrets.has(entry.keyNode)) return undefined
  const words = check.env.vocabulary.rules.filter(
    (rule) => level !== 'operation' || rule.wholeApi !== true,
  )
  const known = words.find((rule) => rule.name === entry.key)
  if (known === undefined) {
    unknownRule(entry, path, check, words)
    return undefined
  }
  const taken = paramsAt(known, level)
  const spot: Spot = { node: entry.value, key: entry.keyNode, path }
  if (!isMap(entry.value)) return wrongKind(spot, check, 'a map such as { mode: observe }')
  const params: Record<string, unknown> = Object.create(null)
  const read: { -readonly [K in 'mode' | 'fraction' | 'bounds' | 'approval']: RuleRead[K] } = {
    mode: null,
    fraction: null,
    bounds: null,
    approval: null,
  }
  for (const { key, keyNode, value } of entriesOf(entry.value)) {
    const inner: Spot = { node: value, key: keyNode, path: [...path, key] }
    if (KEYS[level].includes(key)) {
      if (key === 'mode') read.mode = mode.read(inner, check) ?? null
      else if (key === 'fraction') read.fraction = fraction.read(inner, check) ?? null
      else if (key === 'bounds') read.bounds = readBounds(inner, check, known) ?? null
      else read.approval = approvalRead(inner, check) ?? null
      if (key === 'mode' && level === 'mandate' && read.mode !== null && read.mode !== 'enforce')
        invalid(inner, check, `${label(inner.path)} must be enforce: a mandate cannot be weakened.`)
    } else if (isOther(key) || taken?.includes(key) === false)
      unknownKey(
        check,
        keyNode,
        key,
        path,
        `the rule ${known.name}${level === 'api' ? '' : ` ${IN_LEVEL[level]}`}`,
        [...KEYS[level], ...(taken ?? [])],
      )
    else if (!check.secrets.has(keyNode)) params[key] = plainValue(inner, check)
  }
  return { rule: known.name, ...read, params, offset: offsetOf(entry.keyNode) }
}

/** Parameters that the rule takes there; `undefined`: any. */
function paramsAt(
  { params, wholeApiParams }: RuleWord,
  level: RuleLevel,
): readonly string[] | undefined {
  return level === 'operation'
    ? params?.filter((one) => wholeApiParams?.includes(one) !== true)
    : params
}

const IN_LEVEL: Readonly<Record<RuleLevel, string>> = {
  mandate: 'in a mandate',
  class: 'in a class',
  api: 'of an API',
  operation: 'of an operation',
}

/** A key that means something at another level. */
function isOther(key: string): boolean {
  return KEYS.api.includes(key)
}

function unknownRule(
  { key, keyNode }: Entry,
  path: Path,
  check: Check,
  words: readonly RuleWord[],
): void {
  const elsewhere = check.env.vocabulary.rules.some((rule) => rule.name === key)
  const names = words.map((rule) => rule.name)
  check.report({
    code: 'GH_CONFIG_UNKNOWN_KEY',
    at: keyNode,
    path,
    message: elsewhere
      ? `The rule ${key} holds for a whole API; an operation can have ${oneOf(names)}.`
      : `${quote(key)} is not the name of a rule; the rules are ${oneOf(names)}.`,
    nearest: elsewhere ? undefined : nearestWord(key, names),
  })
}

function readBounds(spot: Spot, check: Check, rule: RuleWord): BoundsRead | undefined {
  const { node, path } = spot
  if (!isMap(node)) return wrongKind(spot, check, 'a map such as { mode: observe }')
  const params: Record<string, unknown> = Object.create(null)
  let least: BoundsRead['mode'] = null
  for (const { key, keyNode, value } of entriesOf(node)) {
    const inner: Spot = { node: value, key: keyNode, path: [...path, key] }
    if (key === 'mode') least = mode.read(inner, check) ?? null
    else if (rule.params?.includes(key) === false)
      unknownKey(check, keyNode, key, path, `the bounds of ${rule.name}`, ['mode', ...rule.params])
    else if (!check.secrets.has(keyNode)) params[key] = plainValue(inner, check)
  }
  return { mode: least, params }
}

/** What `rules()` refers to: the rules as each level takes them, and the words that they share. */
export function ruleDefinitions(words: readonly RuleWord[]): JsonObject {
  const levels = ['mandate', 'class', 'api', 'operation'] as const
  return {
    mode: {
      description:
        'off: not checked. observe: checked and recorded, never refused. enforce: refused.',
      enum: [...MODES],
    },
    fraction: {
      description: 'Percent of requests that the rule enforces; the rest is observed.',
      type: 'number',
      minimum: 0,
      maximum: 100,
    },
    approval: APPROVAL_SCHEMA,
    ...Object.fromEntries(
      words.flatMap((rule) => [
        ...(rule.params ?? []).map((name) => [
          `${rule.name}.${name}`,
          { description: rule.describes?.[name] ?? 'A parameter of the rule.' },
        ]),
        [`bounds.${rule.name}`, boundsSchema(rule)],
      ]),
    ),
    ...Object.fromEntries(
      levels.map((level) => [
        `rules.${level}`,
        {
          type: 'object',
          additionalProperties: false,
          properties: Object.fromEntries(
            words
              .filter((rule) => level !== 'operation' || rule.wholeApi !== true)
              .map((rule) => [rule.name, ruleSchema(rule, level)]),
          ),
        },
      ]),
    ),
  }
}

const refer = (name: string): JsonObject => ({ $ref: `#/$defs/${name}` })

function paramSchemas(rule: RuleWord, names = rule.params ?? []): JsonObject {
  return Object.fromEntries(names.map((name) => [name, refer(`${rule.name}.${name}`)]))
}

function boundsSchema(rule: RuleWord): JsonObject {
  return {
    description:
      'How far the levels below may go: the least mode, the loosest value of a parameter, or { min, max } of a number.',
    type: 'object',
    additionalProperties: rule.params === undefined,
    properties: { mode: refer('mode'), ...paramSchemas(rule) },
  }
}

function ruleSchema(rule: RuleWord, level: RuleLevel): JsonObject {
  const keys: Readonly<Record<string, JsonObject>> = {
    mode:
      level === 'mandate'
        ? { description: 'A mandate is enforced.', enum: ['enforce'] }
        : refer('mode'),
    fraction: refer('fraction'),
    bounds: refer(`bounds.${rule.name}`),
    approval: refer('approval'),
  }
  return {
    description: rule.does ?? 'A rule.',
    type: 'object',
    additionalProperties: rule.params === undefined,
    properties: {
      ...Object.fromEntries(KEYS[level].map((key) => [key, keys[key] ?? {}])),
      ...paramSchemas(rule, paramsAt(rule, level)),
    },
  }
}

/** For what is told by operation: an operationId or `GET /path`. */
export const OPERATION_NAME =
  /^(?:(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE) \/\S*|[A-Za-z][A-Za-z0-9_.:/-]{0,199})$/
