/**
 * Templates that extend templates. A template names its parent with version and digest (`ais@1.0.0#sha256:…`), states what is another
 * with it, and is flattened before anything else sees it: the digest of the flattened form covers all that it was made of. It may
 * tighten its parent freely and loosen it only within the parent's bounds, like every level below.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/index.ts'
import { isWithin, keeps, readBound } from '../rules/bounds.ts'
import { atLeastAsTight, type ParamValue } from '../rules/param-kinds.ts'
import { ruleSpec } from '../rules/vocabulary.ts'
import { strength } from '../merge/merged-rule.ts'
import {
  paramByDefault,
  parseTemplate,
  type TemplateDocument,
  type TemplateRule,
} from './document.ts'
import type { TemplateFault } from './fault.ts'

/** Parents, their parents, and so on: so many at most. */
export const MAX_EXTENDS_DEPTH = 8

type Extended =
  | { readonly ok: true; readonly value: TemplateDocument }
  | { readonly ok: false; readonly error: TemplateFault }

/** The parent with what the child states on top of it. `child` has no `extends` any more. */
export function extendTemplate(parent: TemplateDocument, child: JsonObject): Extended {
  const rules: Record<string, JsonValue> = { ...(parent.rules as unknown as JsonObject) } // sound: a document is JSON
  const stated = child['rules']
  if (stated !== undefined && !isJsonObject(stated))
    return { ok: false, error: { path: ['rules'], text: 'rules must be an object' } }
  for (const [name, rule] of Object.entries(stated ?? {}))
    rules[name] = isJsonObject(rule) ? overlay(rules[name], rule) : rule
  const plain = parent as unknown as JsonObject // sound: as above
  const parsed = parseTemplate({ ...plain, ...child, ...mappings(plain, child), rules })
  if (!parsed.ok) return parsed
  const looser = loosening(parent, parsed.value)
  return looser === undefined ? parsed : { ok: false, error: looser }
}

/**
 * A child knows more bodies than its parent, and more of each, never less: the parent's mappings come first, and one of the same id adds
 * its places to them.
 */
function mappings(parent: JsonObject, child: JsonObject): JsonObject {
  const [upper, own] = [parent['payments'], child['payments']]
  if (!Array.isArray(upper) || !Array.isArray(own)) return {}
  const idOf = (mapping: JsonValue): JsonValue | undefined =>
    isJsonObject(mapping) ? mapping['id'] : undefined
  const known = new Set(upper.map(idOf))
  const both = upper.map((mapping) => {
    const more = own.filter((one) => idOf(one) === idOf(mapping))
    // Twice the same id in one template is a fault of it, which its check tells.
    return more.length === 1 && more[0] !== undefined ? joined(mapping, more[0]) : mapping
  })
  const fresh = own.filter((one) => !known.has(idOf(one)))
  const twice = own.filter((one, at) => own.findIndex((other) => idOf(other) === idOf(one)) < at)
  return { payments: [...both, ...fresh, ...twice.filter((one) => !fresh.includes(one))] }
}

/** Members beside the fields are the child's, and checked like any other: a list of payments that becomes another is another mapping. */
function joined(upper: JsonValue, own: JsonValue): JsonValue {
  const [above, below] = [fieldsOf(upper), fieldsOf(own)]
  if (!isJsonObject(upper) || !isJsonObject(own) || above === undefined || below === undefined)
    return own
  const fields: Record<string, JsonValue> = { ...above }
  for (const [name, pointers] of Object.entries(below)) {
    const before = above[name]
    fields[name] =
      Array.isArray(before) && Array.isArray(pointers)
        ? [...new Set([...(before as readonly JsonValue[]), ...pointers])] // sound: a list of a JSON value
        : pointers
  }
  return { ...own, ...upper, fields }
}

function fieldsOf(mapping: JsonValue): JsonObject | undefined {
  const fields = isJsonObject(mapping) ? mapping['fields'] : undefined
  return isJsonObject(fields) ? fields : undefined
}

/** Parameters and bounds one by one; whatever else the child states replaces the parent's. */
function overlay(parent: JsonValue | undefined, rule: JsonObject): JsonObject {
  const upper: JsonObject = isJsonObject(parent) ? parent : { mode: 'enforce', params: {} }
  const both = (a: JsonValue | undefined, b: JsonValue | undefined): JsonValue =>
    isJsonObject(b) ? { ...(isJsonObject(a) ? a : {}), ...b } : (b ?? a ?? {})
  const bounds = rule['bounds']
  const upperBounds = isJsonObject(upper['bounds']) ? upper['bounds'] : {}
  return {
    ...upper,
    ...rule,
    params: both(upper['params'], rule['params']),
    ...(isJsonObject(bounds)
      ? {
          bounds: {
            ...upperBounds,
            ...bounds,
            ...(bounds['params'] === undefined && upperBounds['params'] === undefined
              ? {}
              : { params: both(upperBounds['params'], bounds['params']) }),
          },
        }
      : {}),
  }
}

/** The first thing in which the child goes further than its parent allows. */
function loosening(parent: TemplateDocument, child: TemplateDocument): TemplateFault | undefined {
  const no = (path: readonly string[], text: string): TemplateFault => ({
    path,
    text: `${text} is looser than ${parent.name}@${parent.version} allows`,
  })
  const { serves } = child
  if (serves.methods.some((method) => !parent.serves.methods.includes(method)))
    return no(['serves', 'methods'], 'serves.methods')
  if (parent.serves.notRoles.some((role) => !serves.notRoles.includes(role)))
    return no(['serves', 'notRoles'], 'serves.notRoles')
  if ((serves.also ?? []).some((act) => parent.serves.also?.includes(act) !== true))
    return no(['serves', 'also'], 'serves.also')
  if (parent.serves.only !== undefined && serves.only !== parent.serves.only)
    return no(['serves', 'only'], 'serves.only')
  if (parent.audit === 'strict' && child.audit !== 'strict') return no(['audit'], 'audit')
  if (child.feedAllowanceMs > parent.feedAllowanceMs)
    return no(['feedAllowanceMs'], 'feedAllowanceMs')
  if (child.degradable && !parent.degradable) return no(['degradable'], 'degradable')
  for (const [name, rule] of Object.entries(parent.rules)) {
    const path = rulePath(name, [rule, parent], [child.rules[name], child])
    if (path !== undefined) return no(['rules', name, ...path], `${path.join('.')} of ${name}`)
  }
  return undefined
}

function rulePath(
  name: string,
  [upper, parent]: readonly [TemplateRule, TemplateDocument],
  [lower, child]: readonly [TemplateRule | undefined, TemplateDocument],
): readonly string[] | undefined {
  if (lower === undefined) return []
  const floor = Math.min(
    strengthOf(upper),
    strength(
      upper.bounds?.mode ?? upper.mode,
      upper.bounds?.mode === undefined ? (upper.fraction ?? null) : null,
    ),
  )
  if (strengthOf(lower) < floor) return ['mode']
  if (lower.bounds?.mode !== undefined && strength(lower.bounds.mode, null) < floor)
    return ['bounds', 'mode']
  for (const [key, { kind, fallback }] of ruleSpec(name)?.params ?? []) {
    const value = (rule: TemplateRule, document: TemplateDocument): ParamValue | null =>
      rule.params[key] ?? paramByDefault(document, name, key, fallback)
    const [above, below] = [value(upper, parent), value(lower, child)]
    const bound = (rule: TemplateRule): unknown => rule.bounds?.params?.[key]
    const read = readBound(kind, bound(upper))
    const outer = {
      loosest: read.ok ? (read.value.loosest ?? above) : above,
      least: null,
    }
    if (!atLeastAsTight(kind, below, above) && !keeps(kind, below, outer)) return ['params', key]
    const inner = readBound(kind, bound(lower))
    if (inner.ok && !isWithin(kind, inner.value, outer)) return ['bounds', 'params', key]
  }
  return undefined
}

function strengthOf({ mode, fraction }: TemplateRule): number {
  return strength(mode, fraction ?? null)
}
