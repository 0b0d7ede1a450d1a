/**
 * Settles compositions once every node is known: a schema that is defined by itself, without a step into the value, is unsound;
 * an `all` is made simpler where that is exact.
 */
import type { NodeId, ObjectNode, SchemaNode } from './program.ts'

/** How many compositions may stand inside one another before a step into the value. Bounds the work of a validator. */
export const MAX_COMPOSITION_DEPTH = 32

/** Replaces nodes in place. `unsound` records the problem and makes the node. Iterative: a long chain costs no stack. */
export function settleCompositions(
  nodes: SchemaNode[],
  unsound: (id: NodeId, reason: string) => SchemaNode,
): void {
  /** -1: being visited; otherwise how deep the compositions below go. */
  const depth = new Map<NodeId, number>()
  for (let start = 0; start < nodes.length; start++) {
    const stack: NodeId[] = [start]
    for (let id = stack.at(-1); id !== undefined; id = stack.at(-1)) {
      const known = depth.get(id)
      if (known !== undefined && known >= 0) {
        stack.pop()
        continue
      }
      const parts = partsOf(nodes[id])
      if (known === undefined) {
        depth.set(id, -1)
        for (const part of parts) {
          if (depth.get(part) === undefined) stack.push(part)
          else if (depth.get(part) === -1 && nodes[part]?.kind !== 'unsound')
            nodes[part] = unsound(part, 'the schema is defined by itself')
        }
        continue
      }
      stack.pop()
      const deepest = parts.reduce(
        (most, part) => Math.max(most, 1 + Math.max(0, depth.get(part) ?? 0)),
        0,
      )
      if (deepest > MAX_COMPOSITION_DEPTH)
        nodes[id] = unsound(
          id,
          `more than ${MAX_COMPOSITION_DEPTH} compositions inside one another`,
        )
      const node = nodes[id]
      if (node?.kind === 'all') nodes[id] = simplified(node, nodes)
      depth.set(id, partsOf(nodes[id]).length === 0 ? 0 : deepest)
    }
  }
}

function partsOf(node: SchemaNode | undefined): readonly NodeId[] {
  if (node === undefined) return []
  if (node.kind === 'not') return [node.of]
  if (node.kind === 'if') return [node.test, node.yes, node.no].filter((id) => id !== undefined)
  if (node.kind === 'kinds') return node.of.map(([, id]) => id)
  if (node.kind === 'closed') return node.of
  if (node.kind !== 'all' && node.kind !== 'one' && node.kind !== 'some') return []
  return node.discriminator === undefined
    ? node.of
    : [...node.of, ...Object.values(node.discriminator.mapping)]
}

/** Nodes that say of themselves whether null passes. */
const NEVER_NULLABLE: ReadonlySet<SchemaNode['kind']> = new Set(['any', 'not', 'if', 'closed'])

type All = Extract<SchemaNode, { readonly kind: 'all' | 'one' | 'some' }>

/** The same assertion with fewer nodes; the node itself if there is none. */
function simplified(node: All, nodes: readonly SchemaNode[]): SchemaNode {
  const flat = node.of.flatMap((id) => {
    const part = nodes[id]
    return part?.kind === 'all' && part.nullable === undefined ? part.of : [id]
  })
  const of = [...new Set(flat)].filter((id) => nodes[id]?.kind !== 'any')
  const parts = of.map((id) => nodes[id]).filter((part) => part !== undefined)
  const [only] = parts
  if (only === undefined) return { kind: 'any' }
  if (parts.length === 1) {
    if (node.nullable === undefined || only.kind === 'unsound') return only
    if (!NEVER_NULLABLE.has(only.kind)) return { ...only, nullable: true } as SchemaNode // sound: the others have the member
  }
  const objects = parts.filter((part) => part.kind === 'object')
  const merged = objects.length === parts.length ? mergeObjects(objects, node.nullable) : undefined
  return merged ?? { ...node, of }
}

/**
 * One object that asserts what all of `parts` assert, or `undefined` where that is not exact: a closed or typed map speaks of the
 * members the others declare, and two schemas for one member are not one.
 */
function mergeObjects(
  parts: readonly ObjectNode[],
  orNull: true | undefined,
): ObjectNode | undefined {
  const properties = new Map<string, NodeId>()
  for (const part of parts) {
    if (part.additional !== undefined && part.additional !== true) return undefined
    if (part.patterns ?? part.names ?? part.dependent) return undefined
    for (const [name, id] of part.properties) {
      const met = properties.get(name)
      if (met !== undefined && met !== id) return undefined
      properties.set(name, id)
    }
  }
  const names = (key: 'required' | 'readOnly' | 'writeOnly'): readonly string[] => [
    ...new Set(parts.flatMap((part) => part[key] ?? [])),
  ]
  const counts = (key: 'minProperties' | 'maxProperties'): readonly number[] =>
    parts.map((part) => part[key]).filter((count) => count !== undefined)
  const [required, readOnly, writeOnly] = [names('required'), names('readOnly'), names('writeOnly')]
  const [low, high] = [counts('minProperties'), counts('maxProperties')]
  return {
    kind: 'object',
    ...((orNull ?? parts.every((part) => part.nullable)) && { nullable: true }),
    properties: [...properties],
    ...(required.length > 0 && { required }),
    ...(parts.some((part) => part.additional === true) && { additional: true }),
    ...(parts.some((part) => part.additional === true) &&
      parts.every((part) => part.additional !== true || part.implied) && { implied: true }),
    ...(low.length > 0 && { minProperties: low.reduce((a, b) => Math.max(a, b)) }),
    ...(high.length > 0 && { maxProperties: high.reduce((a, b) => Math.min(a, b)) }),
    ...(readOnly.length > 0 && { readOnly }),
    ...(writeOnly.length > 0 && { writeOnly }),
  }
}
