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
 * The nodes without compositions that describe a place. A value's kind must be one that every part of an `allOf` and any part of the
 * others declares. Under `allOf` an unsound part makes the whole unsound: what it says about the others cannot be known. Elsewhere
 * it only adds nothing. `not` declares nothing.
 */
export function leavesOf(ids: readonly NodeId[], program: SchemaProgram): Leaves {
  const nodes = new Set<NodeId>()
  let unsound: string | undefined
  /** The kinds a node declares; `undefined` if it has no say. Shared parts are looked at once. */
  const known = new Map<NodeId, number | undefined>()
  const look = (id: NodeId): number | undefined => {
    if (!known.has(id)) known.set(id, kindsAt(id))
    return known.get(id)
  }
  const kindsAt = (id: NodeId): number | undefined => {
    const node = program.nodes[id]
    const broken = unsoundPart(id, program)
    if (node === undefined || broken !== undefined) {
      unsound ??= broken
      return 0
    }
    const orNull = 'nullable' in node && node.nullable ? NULL : 0
    switch (node.kind) {
      case 'all': {
        const parts = node.of.map(look).filter((kinds) => kinds !== undefined)
        return parts.length === 0 ? orNull : parts.reduce((all, kinds) => all & kinds) | orNull
      }
      case 'one':
      case 'some':
        return node.of.map(look).reduce<number>((some, kinds) => some | (kinds ?? 0), orNull)
      case 'not':
        return undefined
      default:
        nodes.add(id)
        return kindsOf(node) | orNull
    }
  }
  const kinds = ids.map(look).reduce<number>((some, found) => some | (found ?? 0), 0)
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
