/** A JSON body as a plain value whose numbers are still the texts they were: `10.00` is the text `10.00`. */
import type { JsonValue } from '../lib/index.ts'
import type { JsonTree } from '../schema/index.ts'
import { bodyTree } from './body-tree.ts'
import type { BodyFact } from './facts.ts'

/** `undefined`: not JSON, nested too deep, or a member stands twice. */
export function bodyValue(
  body: Extract<BodyFact, { readonly kind: 'text' }>,
  maxDepth: number,
): JsonValue | undefined {
  const tree = bodyTree(body, maxDepth)
  return typeof tree === 'string' ? undefined : plain(tree)
}

function plain(tree: JsonTree): JsonValue {
  switch (tree.kind) {
    case 'null':
      return null
    case 'boolean':
      return tree.text === 'true'
    case 'number':
      return tree.text
    case 'string':
      return tree.value
    case 'array':
      return tree.items.map(plain)
    case 'object': {
      // No prototype: `__proto__` is a name like any other.
      const members: Record<string, JsonValue> = Object.create(null) as Record<string, JsonValue> // sound: it has no members yet
      for (const [name, value] of tree.members) members[name] = plain(value)
      return members
    }
    default:
      return tree satisfies never
  }
}
