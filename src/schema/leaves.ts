/** The nodes that describe a value once `allOf`, `oneOf` and `anyOf` are seen through, and the kinds of values they declare. */
import type { NodeId, SchemaNode, SchemaProgram } from './program.ts'

/** Kinds of JSON values as bits. */
export const OBJECT = 1
export const ARRAY = 2
export const STRING = 4
export const NUMBER = 8
export const BOOLEAN = 16
export const NULL = 32
export const EVERY_KIND = 63

export interface Leaves {
  readonly nodes: readonly NodeId[]
  readonly kinds: number
  readonly unsound: string | undefined
}

/**
 * The nodes without compositions that describe a place. Under `allOf` an unsound part makes the whole unsound: what it says about
 * the others cannot be known. Elsewhere it only adds nothing. `not` declares nothing.
 */
export function leavesOf(ids: readonly NodeId[], program: SchemaProgram): Leaves {
  const nodes = new Set<NodeId>()
  let kinds = 0
  let unsound: string | undefined
  const open = [...ids]
  const seen = new Set<NodeId>()
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    const node = program.nodes[id]
    if (node === undefined) continue
    if ('nullable' in node && node.nullable) kinds |= NULL
    if (node.kind === 'unsound') unsound ??= node.pointer
    else if (node.kind === 'all') {
      const broken = unsoundPart(id, program)
      if (broken === undefined) open.push(...node.of)
      else unsound ??= broken
    } else if (node.kind === 'one' || node.kind === 'some') open.push(...node.of)
    else {
      kinds |= kindsOf(node)
      nodes.add(id)
    }
  }
  return { nodes: [...nodes].sort((a, b) => a - b), kinds, unsound }
}

/** Where an `all` is unsound because a part of it, at any depth of `all`, is. Ends: compositions have no cycles. */
function unsoundPart(id: NodeId, program: SchemaProgram): string | undefined {
  const node = program.nodes[id]
  if (node?.kind === 'unsound') return node.pointer
  if (node?.kind !== 'all') return undefined
  for (const part of node.of) {
    const broken = unsoundPart(part, program)
    if (broken !== undefined) return broken
  }
  return undefined
}

function kindsOf(node: SchemaNode): number {
  switch (node.kind) {
    case 'any':
      return EVERY_KIND
    case 'object':
      return OBJECT
    case 'array':
      return ARRAY
    case 'string':
      return STRING
    case 'number':
    case 'integer':
      return NUMBER
    case 'boolean':
      return BOOLEAN
    case 'enum':
      // A listed object or array is a constant of the schema; as it declares no members, none leaves by it.
      return node.values.reduce((kinds, text) => kinds | kindOfText(text), 0)
    case 'not':
    case 'unsound':
    case 'all':
    case 'one':
    case 'some':
      return 0
    default:
      return node satisfies never
  }
}

function kindOfText(text: string): number {
  switch (text[0]) {
    case '"':
      return STRING
    case '{':
    case '[':
      return 0
    case 't':
    case 'f':
      return BOOLEAN
    case 'n':
      return NULL
    default:
      return NUMBER
  }
}
