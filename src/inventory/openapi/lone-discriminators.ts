/**
 * A base schema whose `discriminator` stands without `oneOf` or `anyOf` (Swagger 2.0 §4.9.10 "Models with Polymorphism Support", OpenAPI
 * 3.0.3 §4.7.25): its children name it under `allOf`, and wherever it is used any of them may come. Nothing there says which, so the
 * base alone is enforced and what only a child declares does not leave. That is said, once for each base, with what would change it.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/index.ts'
import { childPointer, tokensOfReference } from '../document/pointer.ts'
import { referenceOf } from '../document/reference.ts'
import type { Problems } from './problems.ts'

const SCHEMAS = ['components', 'schemas']
/** Children named in a message. */
const SHOWN = 5

export function listLoneDiscriminators(root: JsonObject, problems: Problems): void {
  const { components } = root
  const schemas = isJsonObject(components) ? components['schemas'] : undefined
  if (!isJsonObject(schemas)) return
  let children: ReadonlyMap<string, readonly string[]> | undefined
  for (const [name, schema] of Object.entries(schemas)) {
    if (!isJsonObject(schema) || !isLone(schema)) continue
    children ??= childrenOf(schemas)
    const below = descendants(name, children)
    if (below.length === 0) continue
    const shown = below.slice(0, SHOWN).join(', ') + (below.length > SHOWN ? ', …' : '')
    problems.add({
      code: 'GH_INVENTORY_DISCRIMINATOR',
      pointer: childPointer(
        `/components/schemas/${childPointer('', name).slice(1)}`,
        'discriminator',
      ),
      part: 'key',
      message: `${JSON.stringify(name.slice(0, 80))} is extended by ${shown}, and nothing where it is used says that one of them may come: what only they declare is not checked and does not leave.`,
    })
  }
}

function isLone(schema: JsonObject): boolean {
  const has = (keyword: string): boolean => Object.hasOwn(schema, keyword)
  return has('discriminator') && !has('oneOf') && !has('anyOf')
}

/** By the name of a component: those whose `allOf` names it. */
function childrenOf(schemas: JsonObject): ReadonlyMap<string, readonly string[]> {
  const children = new Map<string, string[]>()
  for (const [name, schema] of Object.entries(schemas)) {
    const parts = isJsonObject(schema) ? schema['allOf'] : undefined
    if (!Array.isArray(parts)) continue
    for (const parent of new Set((parts as readonly JsonValue[]).flatMap(componentOf))) {
      const known = children.get(parent)
      if (known === undefined) children.set(parent, [name])
      else known.push(name)
    }
  }
  return children
}

function componentOf(part: JsonValue): readonly string[] {
  const tokens = tokensOfReference(referenceOf(part) ?? '')
  const [name] = tokens?.slice(2) ?? []
  return tokens?.length === 3 &&
    SCHEMAS.every((one, at) => tokens[at] === one) &&
    name !== undefined
    ? [name]
    : []
}

/** Children, their children, and so on; each once, also where they lead in a circle. */
function descendants(
  name: string,
  children: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const found = new Set<string>()
  const waiting = [...(children.get(name) ?? [])]
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (next === name || found.has(next)) continue
    found.add(next)
    waiting.push(...(children.get(next) ?? []))
  }
  return [...found]
}
