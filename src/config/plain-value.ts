import { isMap, isNode, isScalar, isSeq, type Node } from 'yaml'

import { type Check, label, type Spot } from './check.ts'
import { LIMITS } from './limits.ts'
import { invalid, wrongKind } from './shape.ts'
import { entriesOf } from './yaml-structure.ts'

/** Any plain value, as a rule's parameter may be; the policy compiler judges what it means. Maps have no prototype. */
export function plainValue(spot: Spot, check: Check, depth = 0): unknown {
  const { node, key, path } = spot
  if (node === null) return wrongKind(spot, check, 'a value')
  if (check.secrets.has(node)) return undefined
  if (depth > LIMITS.paramDepth)
    return invalid(spot, check, `${label(path)} is nested deeper than ${LIMITS.paramDepth} levels.`)
  const inside = (child: Node | null, step: string | number, at: Node | null): unknown =>
    plainValue({ node: child, key: at, path: [...path, step] }, check, depth + 1)
  if (isSeq(node)) return node.items.map((item, at) => inside(isNode(item) ? item : null, at, key))
  if (isMap(node)) {
    const value: Record<string, unknown> = Object.create(null)
    for (const entry of entriesOf(node))
      if (!check.secrets.has(entry.keyNode))
        value[entry.key] = inside(entry.value, entry.key, entry.keyNode)
    return value
  }
  if (!isScalar(node) || node.value === null) return wrongKind(spot, check, 'a value')
  const { value } = node
  // A number that loses digits on its way would be enforced as another one.
  if (
    typeof value === 'number' &&
    (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER)
  )
    return invalid(spot, check, `${label(path)} must be a number below 2^53.`)
  return value
}
