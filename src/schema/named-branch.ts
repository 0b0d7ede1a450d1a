import type { NodeId, SchemaNode } from './program.ts'
import type { JsonTree } from './tree.ts'

export type Branches = Extract<SchemaNode, { readonly kind: 'all' | 'one' | 'some' }>

/** The branch that the value's discriminator names, in a list; empty if it names none; `undefined` if there is no discriminator to ask. */
export function namedBranch(
  { discriminator }: Branches,
  tree: JsonTree,
): readonly NodeId[] | undefined {
  if (discriminator === undefined || tree.kind !== 'object') return undefined
  const { property, mapping } = discriminator
  const named = tree.members.get(property)
  const branch =
    named?.kind === 'string' && Object.hasOwn(mapping, named.value)
      ? mapping[named.value]
      : undefined
  return branch === undefined ? [] : [branch]
}
