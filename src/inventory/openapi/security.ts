/** Declared security: alternatives, each a set of schemes with scopes. What is malformed never turns into "open". */
import { isJsonObject, type JsonObject, type JsonValue, nearest } from '../../lib/index.ts'
import { childPointer } from '../document/pointer.ts'
import type { OperationRecord } from '../records.ts'
import { kindOf, type Scope } from './scope.ts'

type Security = OperationRecord['security']

/** The operation's own requirement, else the document's (OpenAPI 3.0.3 §4.7.10, `security`). */
export function securityOf(
  operation: JsonObject,
  pointer: string,
  root: JsonObject,
  scope: Scope,
): Security {
  return operation['security'] === undefined
    ? requirements(root['security'], '/security', root, scope)
    : requirements(operation['security'], childPointer(pointer, 'security'), root, scope)
}

function requirements(
  written: JsonValue | undefined,
  pointer: string,
  root: JsonObject,
  scope: Scope,
): Security {
  if (written === undefined) return null
  const breach = (at: string, message: string, near?: string): void =>
    scope.breach('GH_INVENTORY_SECURITY', at, message, { nearest: near })
  if (!Array.isArray(written)) {
    breach(pointer, `\`security\` is ${kindOf(written)}; it is a list of requirements.`)
    return null
  }
  const schemes = schemeNames(root)
  const alternatives: Record<string, readonly string[]>[] = []
  written.forEach((item: JsonValue, index) => {
    const at = `${pointer}/${index}`
    if (!isJsonObject(item)) {
      breach(at, `A security requirement is ${kindOf(item)}; it is an object.`)
      return
    }
    // sound: Object.create(null) has no members; scheme names come from the file
    const needed = Object.create(null) as Record<string, readonly string[]>
    for (const [name, scopes] of Object.entries(item)) {
      if (!schemes.has(name))
        breach(
          childPointer(at, name),
          `\`${name.slice(0, 80)}\` is not a scheme of components.securitySchemes.`,
          nearest(name, schemes),
        )
      const texts = Array.isArray(scopes)
        ? scopes.filter((one): one is string => typeof one === 'string')
        : []
      if (!Array.isArray(scopes) || texts.length !== scopes.length)
        breach(childPointer(at, name), 'The scopes of a requirement are a list of texts.')
      needed[name] = texts
    }
    alternatives.push(needed)
  })
  // Nothing sound left of a list that was not empty: unknown, not open.
  return alternatives.length === 0 && written.length > 0 ? null : alternatives
}

function schemeNames(root: JsonObject): ReadonlySet<string> {
  const components = root['components']
  const schemes = isJsonObject(components) ? components['securitySchemes'] : undefined
  return new Set(isJsonObject(schemes) ? Object.keys(schemes) : [])
}
