/** Rules by name, as a mandate and an API state them. */
import { isMap } from 'yaml'

import type { JsonObject } from '../lib/index.ts'
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
  readonly offset: number
}

const MODES = ['off', 'observe', 'enforce'] as const
const mode = choice(MODES)
const fraction = numberIn(0, 100, false)

/**
 * `level: 'mandate'` takes neither another mode than `enforce` nor a fraction: a mandate holds for every request, and a key that has
 * no effect would say otherwise.
 */
export function rules(level: 'mandate' | 'api'): Shape<readonly RuleRead[]> {
  const keys = level === 'mandate' ? ['mode'] : ['mode', 'fraction']
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
    schema: ({ rules: words }) => ({
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(words.map((rule) => [rule.name, ruleSchema(rule, keys)])),
    }),
  }
}

/** `undefined` only after a report; a rule with a bad part is given back without it, since no configuration comes out then. */
function readRule(
  entry: Entry,
  path: Path,
  check: Check,
  level: 'mandate' | 'api',
): RuleRead | undefined {
  if (check.secrets.has(entry.keyNode)) return undefined
  const words = check.env.vocabulary.rules
  const known = words.find((rule) => rule.name === entry.key)
  if (known === undefined) {
    const names = words.map((rule) => rule.name)
    check.report({
      code: 'GH_CONFIG_UNKNOWN_KEY',
      at: entry.keyNode,
      path,
      message: `${quote(entry.key)} is not the name of a rule; the rules are ${oneOf(names)}.`,
      nearest: nearestWord(entry.key, names),
    })
    return undefined
  }
  const spot: Spot = { node: entry.value, key: entry.keyNode, path }
  if (!isMap(entry.value)) return wrongKind(spot, check, 'a map such as { mode: observe }')
  const params: Record<string, unknown> = Object.create(null)
  let modeRead: RuleRead['mode'] = null
  let fractionRead: number | null = null
  for (const { key, keyNode, value } of entriesOf(entry.value)) {
    const inner: Spot = { node: value, key: keyNode, path: [...path, key] }
    if (key === 'mode') {
      modeRead = mode.read(inner, check) ?? null
      if (level === 'mandate' && modeRead !== null && modeRead !== 'enforce')
        invalid(inner, check, `${label(inner.path)} must be enforce: a mandate cannot be weakened.`)
    } else if (key === 'fraction' && level === 'api')
      fractionRead = fraction.read(inner, check) ?? null
    else if (key === 'fraction' || known.params?.includes(key) === false)
      unknownKey(
        check,
        keyNode,
        key,
        path,
        `the rule ${known.name}${level === 'mandate' ? ' in a mandate' : ''}`,
        [...(level === 'mandate' ? ['mode'] : ['mode', 'fraction']), ...(known.params ?? [])],
      )
    else if (!check.secrets.has(keyNode)) params[key] = plainValue(inner, check)
  }
  return {
    rule: known.name,
    mode: modeRead,
    fraction: fractionRead,
    params,
    offset: offsetOf(entry.keyNode),
  }
}

function ruleSchema(rule: RuleWord, keys: readonly string[]): JsonObject {
  const mandate = !keys.includes('fraction')
  return {
    type: 'object',
    additionalProperties: rule.params === undefined,
    properties: {
      mode: {
        description:
          'off: not checked. observe: checked and recorded, never refused. enforce: refused.',
        enum: mandate ? ['enforce'] : [...MODES],
      },
      ...(mandate
        ? {}
        : {
            fraction: {
              description: 'Percent of requests that the rule enforces; the rest is observed.',
              type: 'number',
              minimum: 0,
              maximum: 100,
            },
          }),
      ...Object.fromEntries((rule.params ?? []).map((param) => [param, {}])),
    },
  }
}

/** For the map of permissions: an operationId or `GET /path`. */
export const OPERATION_NAME =
  /^(?:(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE) \/\S*|[A-Za-z][A-Za-z0-9_.:/-]{0,199})$/
