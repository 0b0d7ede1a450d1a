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
/** The kinds are those that keywords without a `type` speak of: beside a part that says its type they have no say. */
const WEAK = 64

export interface Leaves {
  readonly nodes: readonly NodeId[]
  readonly kinds: number
  readonly unsound: string | undefined
  /** Which of the nodes describe an object or array hangs on the value: a branch among them is taken only where it holds. */
  readonly choices: boolean
}

/** The parts of a branching node that apply to a value. Without a value all of them might. */
export type Choose = (id: NodeId) => readonly NodeId[]

/**
 * The nodes without compositions that describe a place. A value's kind must be one that every part of an `allOf` and any part of the
 * others declares. Under `allOf` an unsound part makes the whole unsound: what it says about the others cannot be known. Elsewhere
 * it only adds nothing. `not` declares nothing.
 */
export function leavesOf(
  ids: readonly NodeId[],
  program: SchemaProgram,
  choose: Choose = (id) => everyBranch(program.nodes[id]),
): Leaves {
  const nodes = new Set<NodeId>()
  let unsound: string | undefined
  let choices = false
  /** The kinds a node declares; `undefined` if it has no say. Shared parts are looked at once. */
  const known = new Map<NodeId, number | undefined>()
  const look = (id: NodeId): number | undefined => {
    if (!known.has(id)) known.set(id, kindsAt(id))
    return known.get(id)
  }
  const any = (parts: readonly NodeId[]): number | undefined => {
    const kinds = parts.map(look).filter((one) => one !== undefined)
    return kinds.length === 0 ? undefined : either(kinds)
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
      case 'all':
        return every(node.of.map(look), orNull)
      case 'closed': {
        const kinds = every(node.of.map(look), orNull)
        if (node.map !== undefined) nodes.add(node.map)
        return node.of.length === 0 ? EVERY_KIND | WEAK : kinds
      }
      case 'one':
      case 'some': {
        const found = any(choose(id))
        if (((found ?? 0) & (OBJECT | ARRAY)) !== 0) choices = true
        return found === undefined ? (orNull === 0 ? undefined : orNull) : found | orNull
      }
      case 'if': {
        // What the condition declares may leave where it holds; what kinds there are is for the others to say.
        any(choose(id))
        choices = true
        return undefined
      }
      case 'kinds': {
        const told = node.of.reduce((some, [, part]) => some | (look(part) ?? 0), orNull)
        return node.open ? told | WEAK : told
      }
      case 'not':
        return undefined
      default:
        nodes.add(id)
        return kindsOf(node) | orNull
    }
  }
  const kinds = ids.map(look).reduce<number>((some, found) => some | (found ?? 0), 0) & EVERY_KIND
  return { nodes: [...nodes].sort((a, b) => a - b), kinds, unsound, choices }
}

function everyBranch(node: SchemaNode | undefined): readonly NodeId[] {
  if (node?.kind === 'one' || node?.kind === 'some') return node.of
  if (node?.kind !== 'if') return []
  return [node.test, node.yes, node.no].filter((id) => id !== undefined)
}

/** Weak only if all are. */
function either(kinds: readonly number[]): number {
  const some = kinds.reduce((all, one) => all | one, 0)
  return kinds.every((one) => (one & WEAK) !== 0) ? some : some & ~WEAK
}

function every(parts: readonly (number | undefined)[], orNull: number): number | undefined {
  const said = parts.filter((kinds) => kinds !== undefined)
  const strong = said.filter((kinds) => (kinds & WEAK) === 0)
  if (said.length === 0) return orNull === 0 ? undefined : orNull
  return (strong.length === 0 ? either(said) : strong.reduce((all, kinds) => all & kinds)) | orNull
}

/** Where an `all` is unsound because a part of it, at any depth of `all`, is. Ends: compositions have no cycles. */
function unsoundPart(id: NodeId, program: SchemaProgram): string | undefined {
  const node = program.nodes[id]
  if (node?.kind === 'unsound') return node.pointer
  if (node?.kind !== 'all' && node?.kind !== 'closed') return undefined
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
    case 'if':
    case 'kinds':
    case 'closed':
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
